import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import { TokenEndpoint } from '#libs/tokens';
import { type DatabaseProxy, proxyDatabaseOf } from '../support/database-proxy.js';
import { eventually } from '../support/eventually.js';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import {
  assertIssued,
  assertRefused,
  assertTokenEndpointHeaders,
  requestByBasic,
  requestByPost,
  tokenForm,
} from '../support/token-requests.js';

function claimsOf(answer: Answer): Record<string, number> {
  const [, claims = ''] = assertIssued(answer).split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString());
}

describe('POST /oauth/token, its answers', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let client: TestClient;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    client = await create({ scope: ['read'] });
  });
  after(() => server.close());

  const create = (overrides: Record<string, unknown> = {}) =>
    createClient(server, organization.customerId, organization.token, overrides);

  describe('200', () => {
    it('has a token, its type and its lifetime, and its scope (P-063, P-066)', async () => {
      const answer = await requestByBasic(server, client);
      assertIssued(answer);
      assert.deepEqual(Object.keys(answer.body).sort(), [
        'access_token',
        'expires_in',
        'scope',
        'token_type',
      ]);
      assert.equal(answer.body.token_type, 'Bearer');
    });

    it('has neither a refresh token nor an ID token, also for who asks for them (P-067)', async () => {
      const both = await create({
        authorizedGrantTypes: ['client_credentials', 'authorization_code', 'refresh_token'],
        scope: ['openid', 'offline_access'],
        redirectUri: ['https://app.example.test/callback'],
        refreshTokenValidity: 3600,
      });
      const answer = await requestByBasic(server, both, { scope: 'openid offline_access' });
      assertIssued(answer);
      assert.equal('refresh_token' in answer.body, false);
      assert.equal('id_token' in answer.body, false);
    });

    it('says the lifetime that the token has, as a number (P-065)', async () => {
      for (const [validity, seconds] of [
        [null, 3600],
        [1, 1],
        [90, 90],
        [3600, 3600],
      ]) {
        const answer = await requestByBasic(server, await create({ accessTokenValidity: validity }));
        const { iat, exp } = claimsOf(answer) as { iat: number; exp: number };
        assert.equal(answer.body.expires_in, seconds);
        assert.equal(exp - iat, seconds);
      }
    });
  });

  describe('every answer', () => {
    it('is never kept by a cache, whatever the status (P-064, P-073)', async () => {
      const wrong = { ...client, secret: 'wrong-secret' };
      const basic = [client.clientId, client.secret] as const;
      const answers: [number, Answer][] = [
        [200, await requestByBasic(server, client)],
        [400, await requestByBasic(server, client, { grant_type: 'foo' })],
        [400, await server.request('POST', '/oauth/token?a=%ff', { basic, form: tokenForm() })],
        [401, await requestByBasic(server, wrong)],
        [401, await requestByPost(server, wrong)],
        [405, await server.request('GET', '/oauth/token')],
        [413, await requestByBasic(server, client, { padding: 'a'.repeat(70_000) })],
        [415, await server.request('POST', '/oauth/token', { basic, json: {} })],
      ];
      for (const [status, answer] of answers) {
        assert.equal(answer.status, status, answer.text);
        assertTokenEndpointHeaders(answer);
      }
    });

    it('of an error repeats no input and keeps to the members and characters that are allowed (P-068, P-069)', async () => {
      const mark = 'mark"\\\u00e9\u2028<script>';
      for (const name of ['grant_type', 'scope', 'resource']) {
        const answer = await requestByBasic(server, client, { [name]: mark });
        assertRefused(answer, 400, answer.body.error);
        assert.doesNotMatch(answer.text, /mark|<script/);
      }
      const answer = await requestByBasic(server, client, { client_id: mark });
      assertRefused(answer, 400, 'invalid_request');
      assert.doesNotMatch(answer.text, /mark|<script/);
    });
  });

  describe('X-Request-Id', () => {
    it('is another one with every answer, errors included (P-075)', async () => {
      const ids = new Set<string | null>();
      for (const _ of Array(5).keys()) {
        ids.add((await requestByBasic(server, client)).headers.get('x-request-id'));
        ids.add((await server.request('POST', '/oauth/token')).headers.get('x-request-id'));
      }
      assert.equal(ids.size, 10);
    });

    it('is the caller’s own where that is harmless, and not otherwise (P-075)', async () => {
      const withId = async (id: string) => {
        const answer = await requestByBasic(server, client, {}, { headers: { 'x-request-id': id } });
        return answer.headers.get('x-request-id');
      };
      assert.equal(await withId('caller-4711'), 'caller-4711');
      for (const id of ['short', 'a b c d e f', 'x'.repeat(65), '"><script>', '../../etc/passwd'])
        assert.notEqual(await withId(id), id);
    });

    it('stands in the audit log beside what the request did (P-075)', async () => {
      const token = assertIssued(await requestByBasic(server, client));
      const answer = await server.request('POST', '/oauth/revoke', {
        basic: [client.clientId, client.secret],
        form: { token },
      });
      assert.equal(answer.status, 200);
      const events = await server.database.query(
        'select action, actor, address from audit_event where request_id = $1',
        [answer.headers.get('x-request-id')],
      );
      assert.deepEqual(events, [{ action: 'token.revoked', actor: client.clientId, address: '127.0.0.1' }]);
    });
  });

  describe('500 server_error', () => {
    it('tells a request id and nothing else of what happened (P-070, P-071)', async () => {
      const endpoint = server.app.get(TokenEndpoint, { strict: false });
      const failure = mock.method(endpoint, 'issue', () => {
        throw new Error('select secret from /srv/app/dist/token-issuer.js: TypeORM says no');
      });
      try {
        const answer = await requestByBasic(server, client);
        assertRefused(answer, 500, 'server_error');
        assert.match(answer.body.error_description, new RegExp(`${answer.headers.get('x-request-id')}$`));
        assert.doesNotMatch(answer.text, /secret|srv|issuer/);
      } finally {
        failure.mock.restore();
      }
      assertIssued(await requestByBasic(server, client));
    });
  });
});

describe('POST /oauth/token without its database', () => {
  let other: TestServer;
  let proxy: DatabaseProxy;
  let server: TestServer;
  let client: TestClient;
  before(async () => {
    other = await startServer();
    const { customerId, token } = await createOrganization(other);
    client = await createClient(other, customerId, token);
    proxy = await proxyDatabaseOf(other);
    server = await startServer({ sharing: proxy.behind });
  });
  after(async () => {
    await server.close();
    await proxy.close();
    await other.close();
  });

  it('answers 503 with Retry-After to clients that it does not know, and recovers (P-071)', async () => {
    assertIssued(await requestByBasic(server, server.operator));
    proxy.cut();
    const answer = await requestByBasic(server, client);
    assertRefused(answer, 503, 'temporarily_unavailable');
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assert.match(answer.body.error_description, new RegExp(`${answer.headers.get('x-request-id')}$`));
    assertIssued(await requestByBasic(server, server.operator));
    proxy.restore();
    await eventually(5_000, async () => assertIssued(await requestByBasic(server, client)));
  });
});
