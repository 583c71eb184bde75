import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { strangersBodyLimitBytes, usualBodyLimitBytes } from '#app/http/parsing/body-limits';
import { type ApiDescription, describeApi, type Operation } from '../robustness/support/operations.js';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { type RawAnswer, rawRequest, sendRaw } from '../support/raw-http.js';
import { startServer, type TestServer } from '../support/server.js';

const json = 'Content-Type: application/json';
const megabyte = 1_000_000;

let server: TestServer;
let api: ApiDescription;
let organization: TestOrganization;
before(async () => {
  server = await startServer();
  api = await describeApi(server);
  organization = await createOrganization(server);
});
after(() => server.close());

/** The operations that may have a body, and that take a token or do not. */
function operationsThat(need: 'take a token' | 'are public'): readonly Operation[] {
  const found = api.operations.filter(
    (operation) =>
      operation.method !== 'GET' && 'x-required-permission' in operation === (need === 'take a token'),
  );
  assert.ok(found.length >= (need === 'take a token' ? 40 : 8), `only ${found.length} were found`);
  return found;
}

/** Sends the head of a request, and no body; an answer comes only from who does not wait for one. */
function sendHead({ method, path }: Operation, ...lines: string[]): Promise<RawAnswer> {
  const target = path.replaceAll(/\{\w+\}/g, 'x');
  return sendRaw(
    server.url,
    rawRequest(`${method} ${target} HTTP/1.1`, ['Host: localhost', 'Connection: close', ...lines]),
  );
}

describe('a body of a megabyte on every route that takes an access token', () => {
  it('is answered 401 before it comes, in the words of the surface, without a token', async () => {
    for (const operation of operationsThat('take a token')) {
      const withBody = await sendHead(operation, json, `Content-Length: ${megabyte}`);
      const without = await sendHead(operation);
      assert.equal(withBody.status, 401, operation.name);
      assert.deepEqual(wordsOf(withBody), wordsOf(without), operation.name);
    }
  });

  it('is answered 401 before it comes, with a token that is forged or revoked', async () => {
    const { customerId, token } = organization;
    const client = await createClient(server, customerId, token);
    const revoked = await server.token(client);
    await server.request('POST', '/oauth/revoke', {
      basic: [client.clientId, client.secret],
      form: { token: revoked },
    });
    const forged = `${organization.token.slice(0, -8)}AAAAAAAA`;
    for (const operation of operationsThat('take a token')) {
      for (const bad of [forged, revoked]) {
        const lines = [json, `Authorization: Bearer ${bad}`];
        const withBody = await sendHead(operation, ...lines, `Content-Length: ${megabyte}`);
        assert.equal(withBody.status, 401, operation.name);
        assert.match(withBody.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
        assert.deepEqual(wordsOf(withBody), wordsOf(await sendHead(operation, ...lines)), operation.name);
      }
    }
  });
});

describe('a connection on which a body was not read', () => {
  const head = ['POST /oauth/customers HTTP/1.1', 'Host: localhost', json].join('\r\n');
  const next = rawRequest('GET /health/live HTTP/1.1', ['Host: localhost', 'Connection: close']);

  it('is kept, and the body passed over, when its length was announced', async () => {
    const body = Buffer.alloc(megabyte, '[');
    const first = `${head}\r\nContent-Length: ${megabyte}\r\n\r\n`;
    const answer = await sendRaw(server.url, first, body, next);
    assert.equal(answer.status, 401);
    assert.match(answer.rest, /^HTTP\/1\.1 200 /);
  });

  it('is closed when it may go on for ever', async () => {
    for (const length of ['Transfer-Encoding: chunked', 'Content-Length: 1000000000']) {
      const answer = await sendRaw(server.url, `${head}\r\n${length}\r\n\r\n`);
      assert.deepEqual([answer.status, answer.headers.get('connection')], [401, 'close']);
    }
  });
});

describe('the caller of a slow request', () => {
  it('is asked for again when its body has come', async () => {
    const { customerId, token } = organization;
    const client = await createClient(server, customerId, token, {
      clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
    });
    const bearer = await server.token(client);
    const creation = request(`${server.url}/oauth/customers/${customerId}/tenants`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    });
    creation.write(JSON.stringify({ tenantId: 'late' }));
    const known = () => server.request('GET', `/oauth/customers/${customerId}/tenants`, { token });
    const { body: before } = await known();
    const revocation = { basic: [client.clientId, client.secret] as const, form: { token: bearer } };
    assert.equal((await server.request('POST', '/oauth/revoke', revocation)).status, 200);
    creation.end(' ');
    const [answer] = (await once(creation, 'response')) as [IncomingMessage];
    assert.equal(answer.resume().statusCode, 401);
    assert.deepEqual((await known()).body, before);
  });
});

describe('the largest body', () => {
  const bulk = [
    'POST /oauth/customers/{customerId}/clients',
    'PUT /oauth/customers/{customerId}/clients',
    'PATCH /oauth-clients/{id}',
    'PATCH /v3/oauth-clients/{id}',
  ];
  const announced = (bytes: number) => [json, `Content-Length: ${bytes}`];

  it('is small on every public route, but for what GitHub signs', async () => {
    for (const operation of operationsThat('are public')) {
      if (operation.path === '/leaks/github') continue;
      const above = await sendHead(operation, ...announced(strangersBodyLimitBytes + 1));
      assert.equal(above.status, 413, operation.name);
    }
  });

  it('is of the usual size with a token, but where it holds many things', async () => {
    const operations = operationsThat('take a token');
    const found = operations.map(({ name }) => name).filter((name) => bulk.includes(name));
    assert.deepEqual(found.sort(), [...bulk].sort());
    const bearer = `Authorization: Bearer ${organization.token}`;
    for (const operation of operations) {
      const isBulk = bulk.includes(operation.name);
      const bytes = isBulk ? server.settings.bodyLimitBytes : usualBodyLimitBytes;
      const above = await sendHead(operation, bearer, ...announced(bytes + 1));
      assert.equal(above.status, 413, operation.name);
      const target = operation.path.replaceAll(/\{\w+\}/g, 'x');
      const atLimit = await server.request(operation.method, target, {
        token: organization.token,
        headers: { 'content-type': 'application/json' },
        body: ' '.repeat(bytes),
      });
      assert.notEqual(atLimit.status, 413, operation.name);
    }
  });
});

/** What an answer says, but for the ids of its request. */
function wordsOf({ text, headers }: RawAnswer): unknown[] {
  const withoutId = text.replaceAll(/[0-9a-f]{32}|[0-9a-f-]{36}/g, '<id>');
  return [withoutId, headers.get('content-type'), headers.get('www-authenticate')];
}
