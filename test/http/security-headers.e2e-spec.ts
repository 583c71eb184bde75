import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ApiDescription, describeApi, type Operation } from '../robustness/support/operations.js';
import { askAbout, createMarked, type MarkedOrganization } from '../security/support/two-organizations.js';
import { proxyDatabaseOf } from '../support/database-proxy.js';
import type { Answer } from '../support/http-client.js';
import { rawRequest, sendRaw } from '../support/raw-http.js';
import { startServer, type TestServer } from '../support/server.js';

/** What anybody may know, and caches may keep. */
const cacheable = /^\/(\.well-known\/|docs\b|openapi|oauth\/jwks)/;

let server: TestServer;
let api: ApiDescription;
before(async () => {
  server = await startServer({ settings: { issuer: 'https://id.example' } });
  api = await describeApi(server);
});
after(() => server.close());

type Headed = Pick<Answer, 'status' | 'headers'>;

/** Asserts the headers of every answer, whatever it says. */
function assertHeaders({ status, headers }: Headed, path: string, name = path): void {
  const words = `${name}: ${status}`;
  assert.equal(headers.get('x-content-type-options'), 'nosniff', words);
  assert.equal(headers.get('x-frame-options'), 'DENY', words);
  assert.equal(headers.get('referrer-policy'), 'no-referrer', words);
  assert.match(headers.get('strict-transport-security') ?? '', /^max-age=[1-9]\d{7,}$/, words);
  assert.ok(headers.get('x-request-id'), words);
  for (const banner of ['server', 'x-powered-by', 'via', 'set-cookie'])
    assert.equal(headers.get(banner), null, `${banner} of ${words}`);
  if (cacheable.test(path) && status < 400) return;
  assert.equal(headers.get('cache-control'), 'no-store', words);
}

describe('the security headers', () => {
  let organization: MarkedOrganization;
  before(async () => {
    organization = await createMarked(server, api);
  });

  it('are on what every operation answers: to strangers, and with what belongs to the caller', async () => {
    const succeeded: string[] = [];
    for (const operation of api.operations.toSorted((a, b) => rank(a) - rank(b))) {
      assertHeaders(await askAbout(server, operation, organization, 'nonsense'), operation.path);
      const answer = await askAbout(server, operation, organization, organization.token);
      assertHeaders(answer, operation.path, operation.name);
      if (answer.status < 300) succeeded.push(operation.name);
    }
    assert.ok(succeeded.length >= 30, `only ${succeeded.length} succeeded`);
  });

  it('are on tokens, on every endpoint that gives them', async () => {
    // Of those above one may have lost its secret by what was asked about it.
    const { clientId, secret } = server.operator;
    const answers: [string, Answer][] = [
      [
        '/oauth/token',
        await server.request('POST', '/oauth/token', {
          basic: [clientId, secret],
          form: { grant_type: 'client_credentials' },
        }),
      ],
      [
        '/api/v0/oauth/token',
        await server.request('POST', '/api/v0/oauth/token', {
          form: { client_id: clientId, client_secret: secret, grant_type: 'client_credentials' },
        }),
      ],
      [
        '/platform/clientauth/token',
        await server.request('POST', '/platform/clientauth/token', {
          json: { client_id: clientId, client_secret: secret, subject: 'x' },
        }),
      ],
    ];
    for (const [path, answer] of answers) {
      assert.equal(answer.status, 200, `${path}: ${answer.text}`);
      assertHeaders(answer, path);
    }
  });

  it('are on the documentation, which may load nothing from elsewhere', async () => {
    const page = await server.request('GET', '/docs');
    const assets = [...page.text.matchAll(/(?:src|href)="\.?\/?([^":]+)"/g)].map(([, path]) => `/${path}`);
    assert.ok(assets.length >= 3, page.text);
    for (const path of ['/docs', ...assets]) {
      const answer = await server.request('GET', path);
      assertHeaders(answer, path);
      const policy = answer.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/, path);
      assert.match(policy, /frame-ancestors 'none'/, path);
    }
    assertHeaders(await server.request('GET', '/openapi.json'), '/openapi.json');
  });
});

describe('the security headers of refusals', () => {
  const json = 'Content-Type: application/json';
  const refusals: readonly (readonly [number, string, ...string[]])[] = [
    [404, 'GET /nothing/here'],
    [400, 'GET /nothing/%zz'],
    [400, 'GET /health/live?x=%00'],
    [405, 'GET /oauth/token'],
    [401, 'POST /oauth/customers', json, 'Content-Length: 100000'],
    [413, 'POST /leaks', json, 'Content-Length: 100000000'],
    [415, 'POST /oauth/token', 'Content-Type: text/plain', 'Content-Length: 0'],
    [431, 'GET /health/live', `X-Padding: ${'p'.repeat(20_000)}`],
    [400, 'GET /health/live', 'Authorization: a', 'Authorization: b'],
    [400, 'GET /health/live', 'Content-Length: no number'],
  ];
  for (const [status, target, ...lines] of refusals)
    it(`are on ${status}: ${target}`, async () => {
      const head = rawRequest(`${target} HTTP/1.1`, ['Host: localhost', 'Connection: close', ...lines]);
      const answer = await sendRaw(server.url, head);
      assert.equal(answer.status, status, answer.text);
      assertHeaders(answer, '/refused');
    });

  it('are on 429', async () => {
    const report = () => server.request('POST', '/leaks', { json: { secret: 'x' } });
    let answer = await report();
    for (let count = 0; count < 25 && answer.status !== 429; count++) answer = await report();
    assert.equal(answer.status, 429, answer.text);
    assertHeaders(answer, '/leaks');
  });

  it('are on 503, while the database is away', async () => {
    const proxy = await proxyDatabaseOf(server);
    const cut = await startServer({
      sharing: proxy.behind,
      settings: { issuer: 'https://id.example', databaseOutageGraceSeconds: 0 },
    });
    try {
      const token = await server.operatorToken();
      proxy.cut();
      const answer = await cut.request('GET', '/oauth/customers', { token });
      assert.equal(answer.status, 503, answer.text);
      assertHeaders(answer, '/oauth/customers');
    } finally {
      proxy.restore();
      await cut.close();
      await proxy.close();
    }
  });
});

/** What deletes comes last. */
function rank({ method }: Operation): number {
  return method === 'DELETE' ? 1 : 0;
}
