import assert from 'node:assert/strict';
import { STATUS_CODES } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import type { Answer, RequestOptions } from '../../support/http-client.js';
import { startServer, type TestServer } from '../../support/server.js';
import { callerWithScopes } from '../../support/surfaces.js';

const base = '/api/v0';

let server: TestServer;
let organization: TestOrganization;
let token: string;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  token = organization.token;
});
after(() => server.close());

/** Asserts problem details with exactly the members of the contract (RFC 9457 §3). */
function assertProblem(answer: Answer, status: number, errors?: Readonly<Record<string, RegExp>>): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  const { errors: told, ...rest } = answer.body;
  const traceId = answer.headers.get('x-request-id');
  assert.deepEqual(rest, { type: 'about:blank', title: STATUS_CODES[status], status, traceId });
  assert.deepEqual(Object.keys(told ?? {}), Object.keys(errors ?? {}));
  for (const [field, rule] of Object.entries(errors ?? {})) {
    assert.equal(told[field].length, 1);
    assert.match(told[field][0], rule);
  }
}

const json = { name: 'My New Credentials' };

describe('the errors of /api/v0', () => {
  const cases: readonly (readonly [
    what: string,
    request: () => [method: string, path: string, options?: RequestOptions],
    status: number,
    errors?: Readonly<Record<string, RegExp>>,
  ])[] = [
    [
      'malformed JSON',
      () => ['POST', '/client-credentials', { token, body: '{', headers: { 'content-type': 'text/json' } }],
      400,
      { $: /not valid JSON/ },
    ],
    ['no body', () => ['POST', '/client-credentials', { token }], 400, { $: /body is missing/ }],
    [
      'an array for a body',
      () => ['POST', '/client-credentials', { token, json: [] }],
      400,
      { $: /must be a JSON object/ },
    ],
    [
      'two invalid fields',
      () => ['POST', '/client-credentials', { token, json: { name: 1, expires: 2 } }],
      400,
      { name: /must be a string/, expires: /must be a string/ },
    ],
    [
      'a past date',
      () => ['POST', '/client-credentials', { token, json: { expires: '2001-01-01T00:00:00Z' } }],
      400,
      { expires: /must be in the future/ },
    ],
    [
      'a missing field',
      () => ['POST', '/oauth/token', { form: { ClientId: 'x' } }],
      400,
      { ClientSecret: /is required/ },
    ],
    ['no token', () => ['POST', '/client-credentials', { json }], 401],
    ['a malformed token', () => ['GET', '/client-credentials', { token: 'x.y.z' }], 401],
    ['an unknown id', () => ['DELETE', '/client-credentials/unknown', { token }], 404],
    ['an unknown route below the base path', () => ['GET', '/nothing', { token }], 404],
    ['the base path itself', () => ['GET', '', { token }], 404],
    ['a method that is not there', () => ['PATCH', '/client-credentials', { token, json }], 405],
    [
      'a body that is too large',
      () => ['POST', '/client-credentials', { token, json: { name: 'a'.repeat(1_100_000) } }],
      413,
      { $: /too large/ },
    ],
    [
      'another media type',
      () => ['POST', '/client-credentials', { token, form: { name: 'x' } }],
      415,
      { $: /must be application\/json or text\/json/ },
    ],
  ];
  for (const [what, request, status, errors] of cases) {
    it(`answer ${status} to ${what}`, async () => {
      const [method, path, options] = request();
      const answer = await server.request(method, base + path, options);
      assertProblem(answer, status, errors);
      if (status === 401) assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /);
    });
  }

  it('answer 401 to an expired token', async () => {
    const own = await startServer({ sharing: server });
    try {
      const expired = await own.token(organization.admin);
      own.advanceClock(3601);
      const answer = await own.request('GET', `${base}/client-credentials`, { token: expired });
      assertProblem(answer, 401);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
    } finally {
      await own.close();
    }
  });

  it('answer 403 without the permission', async () => {
    const nobody = await callerWithScopes(server, organization, ['read']);
    assertProblem(await server.request('GET', `${base}/client-credentials`, { token: nobody.token }), 403);
  });

  it('answer 500 to a fault of ours, with no more than an id', async () => {
    const own = await startServer();
    try {
      const { token: admin } = await createOrganization(own);
      await own.database.query('alter table credential rename to mislaid');
      assertProblem(await own.request('POST', `${base}/client-credentials`, { token: admin, json }), 500);
    } finally {
      await own.close();
    }
  });

  it('take the id of the request from its header', async () => {
    const headers = { 'x-request-id': 'my-own-trace-id' };
    const { body } = await server.request('GET', `${base}/nothing`, { headers });
    assert.equal(body.traceId, 'my-own-trace-id');
  });
});
