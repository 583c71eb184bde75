import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { decodeToken, serverKey, signWith } from '../support/forged-token.js';
import type { Answer, RequestOptions } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

const path = '/oauth/revoke';

describe('POST /oauth/revoke', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let stranger: TestOrganization;
  let client: TestClient;
  let sibling: TestClient;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    stranger = await createOrganization(server);
    const newClient = () =>
      createClient(server, organization.customerId, organization.token, {
        clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
      });
    client = await newClient();
    sibling = await newClient();
  });
  after(() => server.close());

  const revoke = (token: string, by: TestClient = client, more: Record<string, string> = {}) =>
    server.request('POST', path, { basic: [by.clientId, by.secret], form: { token, ...more } });
  const isAlive = async (token: string): Promise<boolean> => {
    const { customerId } = organization;
    const introspected = await server.request('POST', '/oauth/introspect', {
      basic: [sibling.clientId, sibling.secret],
      form: { token },
    });
    const used = await server.request('GET', `/oauth/customers/${customerId}`, { token });
    assert.equal(introspected.body.active, used.status === 200, 'introspection and admin API agree');
    return introspected.body.active;
  };
  const assertSilent = (answer: Answer) => {
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  };

  describe('200', () => {
    it('ends the client’s own token at once for introspection and the admin API (P-120)', async () => {
      const [token, other] = [await server.token(client), await server.token(client)];
      assert.equal(await isAlive(token), true);
      assertSilent(await revoke(token));
      assert.equal(await isAlive(token), false);
      assert.equal(await isAlive(other), true, 'no more than the one');
    });

    it('writes the revocation into the audit log, once (P-120)', async () => {
      const token = await server.token(client);
      await revoke(token);
      await revoke(token);
      const events = await server.database.query(
        `select actor, action from audit_event where target_id = $1`,
        [decodeToken(token).claims['jti']],
      );
      assert.deepEqual(events, [{ actor: client.clientId, action: 'token.revoked' }]);
    });

    it('says the same of unknown, expired, foreign and already revoked tokens (P-121)', async () => {
      const token = await server.token(client);
      const { header, claims } = decodeToken(token);
      const key = await serverKey(server);
      assertSilent(await revoke(token));
      const now = Math.floor(Date.now() / 1000);
      const others = [
        token,
        'unknown',
        'a.b.c',
        randomBytes(500).toString('base64url'),
        signWith(key, header, { ...claims, exp: now - 1 }),
        signWith(key, header, { ...claims, iss: 'https://evil.example' }),
      ];
      for (const other of others) assertSilent(await revoke(other));
    });

    it('does nothing to the token of another client of the same customer (P-122)', async () => {
      const token = await server.token(sibling);
      assertSilent(await revoke(token));
      assert.equal(await isAlive(token), true);
    });

    it('does nothing to the token of another customer, not even for the operator (P-123)', async () => {
      const token = await server.token(client);
      assertSilent(await revoke(token, stranger.admin));
      assertSilent(await revoke(token, server.operator));
      assert.equal(await isAlive(token), true);
    });

    it('answers a stranger’s token and an unknown one with the same headers (P-122, P-123)', async () => {
      const headersOf = ({ headers }: Answer) =>
        [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
      const unknown = headersOf(await revoke('unknown'));
      assert.deepEqual(headersOf(await revoke(stranger.token)), unknown);
      assert.deepEqual(headersOf(await revoke(await server.token(sibling))), unknown);
      assert.deepEqual(headersOf(await revoke(await server.token(client))), unknown);
    });

    it('finds the token whatever the hint says of its type (P-125, P-128)', async () => {
      for (const token_type_hint of ['refresh_token', 'id_token', 'nonsense', 'access_token', '']) {
        const token = await server.token(client);
        assertSilent(await revoke(token, client, { token_type_hint }));
        assert.equal(await isAlive(token), false, token_type_hint);
      }
    });
  });

  describe('400 invalid_request', () => {
    const refused = async (form: URLSearchParams | Record<string, string>, query = '') => {
      const { status, body } = await server.request('POST', path + query, {
        basic: [client.clientId, client.secret],
        form,
      });
      assert.deepEqual([status, body.error], [400, 'invalid_request']);
    };

    it('without a token, with an empty one, or with two (P-124)', async () => {
      const token = await server.token(client);
      await refused({});
      await refused({ token: '' });
      await refused({ token_type_hint: 'access_token' });
      await refused(new URLSearchParams(`token=${token}&token=${token}`));
      await refused({}, `?token=${token}`);
      assert.equal(await isAlive(token), true);
    });
  });

  describe('401 invalid_client', () => {
    it('as at the token endpoint, and nothing is revoked (P-119)', async () => {
      const token = await server.token(client);
      const attempts: [form: Record<string, string>, header: RequestOptions][] = [
        [{}, {}],
        [{}, { basic: [client.clientId, 'wrong'] }],
        [{}, { basic: ['nobody', client.secret] }],
        [{ client_id: client.clientId }, {}],
        [{ client_id: client.clientId, client_secret: 'wrong' }, {}],
        [{}, { token }],
      ];
      for (const [form, header] of attempts) {
        const answer = await server.request('POST', path, { ...header, form: { ...form, token } });
        const grant = { ...form, grant_type: 'client_credentials' };
        const same = await server.request('POST', '/oauth/token', { ...header, form: grant });
        assert.equal(answer.status, 401);
        assert.equal(answer.text, same.text);
        assert.equal(answer.headers.get('www-authenticate'), same.headers.get('www-authenticate'));
      }
      assert.equal(await isAlive(token), true);
    });
  });

  describe('405 and 415', () => {
    it('answer every method but POST, JSONP, and every body but a form (P-129)', async () => {
      const token = await server.token(client);
      const basic = [client.clientId, client.secret] as const;
      for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']) {
        const answer = await server.request(method, `${path}?token=${token}&callback=steal`, { basic });
        assert.equal(answer.status, 405, method);
        assert.equal(answer.headers.get('allow'), 'POST', method);
        assert.doesNotMatch(answer.text, /steal/);
      }
      assert.equal((await server.request('POST', path, { basic, json: { token } })).status, 415);
      assert.equal(await isAlive(token), true);
    });
  });
});
