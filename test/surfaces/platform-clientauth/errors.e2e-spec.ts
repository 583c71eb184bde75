import assert from 'node:assert/strict';
import { STATUS_CODES } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import type { Answer, RequestOptions } from '../../support/http-client.js';
import { startServer, type TestServer } from '../../support/server.js';
import { assertShape, callerWithScopes, documentsExample } from '../../support/surfaces.js';

const printed: { code: number; error: string; details: string }[] = await documentsExample(
  'platform-clientauth/errors',
);
const base = '/platform/clientauth';
const json = { name: 'string' };

let server: TestServer;
let organization: TestOrganization;
let token: string;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  token = organization.token;
});
after(() => server.close());

/** Asserts an error with exactly the keys and types that the document prints. */
function assertError(answer: Answer, status: number, error: string, details: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  assertShape(answer.body, printed[0]);
  assert.deepEqual([answer.body.code, answer.body.error], [status, error]);
  assert.match(answer.body.details, details);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
}

describe('the errors of /platform/clientauth', () => {
  it('say of each status what the document says', async () => {
    const { body: document } = await server.request('GET', '/openapi/platform-clientauth.json');
    const { responses } = document.paths[`${base}/credentials`].post;
    for (const { code, error } of printed) {
      const { example } = responses[code].content['application/json'];
      assert.deepEqual([example.code, example.error], [code, error]);
      assertShape(example, printed[0]);
    }
  });

  const cases: readonly (readonly [
    what: string,
    request: () => [method: string, path: string, options?: RequestOptions],
    status: number,
    error: string,
    details: RegExp,
  ])[] = [
    [
      'malformed JSON',
      () => [
        'POST',
        '/credentials',
        { token, body: '{"name":', headers: { 'content-type': 'application/json' } },
      ],
      400,
      'Bad Request',
      /not valid JSON: error at line 1/,
    ],
    ['no body', () => ['POST', '/credentials', { token }], 400, 'Bad Request', /body is missing/],
    [
      'an array for a body',
      () => ['POST', '/credentials', { token, json: [json] }],
      400,
      'Bad Request',
      /must be a JSON object/,
    ],
    [
      'an invalid field',
      () => ['POST', '/credentials', { token, json: { ...json, alg: 'x' } }],
      400,
      'Bad Request',
      /alg: must be one of/,
    ],
    [
      'a missing field',
      () => ['POST', '/credentials', { token, json: {} }],
      400,
      'Bad Request',
      /name: is required/,
    ],
    [
      'a token in the query',
      () => ['GET', `/credentials?access_token=${token}`, { token }],
      400,
      'Bad Request',
      /Authorization header only/,
    ],
    ['no token', () => ['POST', '/credentials', { json }], 401, 'Unauthorized', /access token is required/],
    [
      'a malformed token',
      () => ['POST', '/credentials', { token: 'x.y.z', json }],
      401,
      'Unauthorized',
      /malformed, expired, revoked/,
    ],
    [
      'a Basic header instead of a token',
      () => ['GET', '/credentials', { basic: [organization.admin.clientId, organization.admin.secret] }],
      401,
      'Unauthorized',
      /malformed, expired, revoked/,
    ],
    [
      'an unknown route below the base path',
      () => ['GET', '/nothing/here', { token }],
      404,
      'Not Found',
      /nothing at this path/,
    ],
    [
      'a method that is not there',
      () => ['PUT', '/credentials', { token, json }],
      405,
      'Method Not Allowed',
      /not allowed/,
    ],
    [
      'a body that is too large',
      () => ['POST', '/credentials', { token, json: { name: 'a'.repeat(1_100_000) } }],
      413,
      STATUS_CODES[413] as string,
      /too large/,
    ],
    [
      'a form',
      () => ['POST', '/token', { form: { client_id: 'x', client_secret: 'y', subject: 'z' } }],
      415,
      'Unsupported Media Type',
      /must be application\/json/,
    ],
    [
      'a multipart form',
      () => ['POST', '/token', { body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
      415,
      'Unsupported Media Type',
      /must be application\/json/,
    ],
  ];
  for (const [what, request, status, error, details] of cases) {
    it(`answer ${status} to ${what}`, async () => {
      const [method, path, options] = request();
      const answer = await server.request(method, base + path, options);
      assertError(answer, status, error, details);
      if (status === 401) assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /);
    });
  }

  it('answer 401 to an expired token', async () => {
    const own = await startServer({ sharing: server });
    try {
      const expired = await own.token(organization.admin);
      own.advanceClock(3601);
      const answer = await own.request('GET', `${base}/credentials`, { token: expired });
      assertError(answer, 401, 'Unauthorized', /malformed, expired, revoked/);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
    } finally {
      await own.close();
    }
  });

  it('answer 403 without the permission', async () => {
    const nobody = await callerWithScopes(server, organization, ['read']);
    const answer = await server.request('POST', `${base}/credentials`, { token: nobody.token, json });
    assertError(answer, 403, 'Forbidden', /does not entitle/);
    assert.match(answer.headers.get('www-authenticate') ?? '', /error="insufficient_scope"/);
  });

  it('answer 500 to a fault of ours, with no more than an id', async () => {
    const own = await startServer();
    try {
      const { token: admin } = await createOrganization(own);
      await own.database.query('alter table credential rename to mislaid');
      const answer = await own.request('POST', `${base}/credentials`, { token: admin, json });
      assertError(answer, 500, 'Internal Server Error', /Request id: [0-9a-f]{32}$/);
      assert.doesNotMatch(answer.text, /mislaid|credential"|relation/);
    } finally {
      await own.close();
    }
  });

  it('stop at the base path: a path that only begins like it has the native shape', async () => {
    const { body } = await server.request('GET', '/platform/clientauthority');
    assert.equal(body.severity, 'Error');
  });
});
