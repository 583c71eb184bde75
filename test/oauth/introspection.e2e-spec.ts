import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { decodeToken, serverKey, signWith } from '../support/forged-token.js';
import type { RequestOptions } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

const path = '/oauth/introspect';
const inactive = '{"active":false}';

describe('POST /oauth/introspect', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let stranger: TestOrganization;
  let client: TestClient;
  let token: string;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    stranger = await createOrganization(server);
    client = await createClient(server, organization.customerId, organization.token, {
      scope: ['read', 'write'],
    });
    token = await server.token(client);
  });
  after(() => server.close());

  const introspect = (about: string, by: TestClient = client, more: Record<string, string> = {}) =>
    server.request('POST', path, { basic: [by.clientId, by.secret], form: { token: about, ...more } });
  const assertInactive = async (about: string, by?: TestClient) => {
    const answer = await introspect(about, by);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, inactive);
  };

  describe('200', () => {
    it('tells of a live token what the RFC names, each in its type (P-113)', async () => {
      const { status, body } = await introspect(token);
      const { claims } = decodeToken(token);
      assert.equal(status, 200);
      for (const name of ['iss', 'sub', 'aud', 'client_id', 'exp', 'iat', 'scope', 'jti'])
        assert.deepEqual(body[name], claims[name], name);
      assert.equal(body.active, true);
      assert.equal(body.token_type, 'Bearer');
      assert.equal(body.scope, 'read write');
      for (const name of ['exp', 'iat']) assert.ok(Number.isInteger(body[name]), name);
    });

    it('is never cached (P-115)', async () => {
      for (const about of [token, 'unknown']) {
        const { headers } = await introspect(about);
        assert.equal(headers.get('cache-control'), 'no-store');
        assert.equal(headers.get('pragma'), 'no-cache');
        assert.equal(headers.get('etag'), null);
      }
    });

    it('does not depend on the token_type_hint (P-114)', async () => {
      const { body } = await introspect(token);
      for (const token_type_hint of ['access_token', 'refresh_token', 'id_token', 'nonsense', ' '])
        assert.deepEqual((await introspect(token, client, { token_type_hint })).body, body, token_type_hint);
    });

    it('takes client_secret_post as well (P-106)', async () => {
      const { body } = await server.request('POST', path, {
        form: { token, client_id: client.clientId, client_secret: client.secret },
      });
      assert.equal(body.active, true);
    });
  });

  describe('200 and not active', () => {
    it('for what is no token at all (P-109)', async () => {
      for (const about of ['unknown', 'a.b.c', '..', '0', 'null', randomBytes(400).toString('base64url')])
        await assertInactive(about);
    });

    it('for a secret and for the token of another issuer (P-109)', async () => {
      await assertInactive(client.secret);
      const { header, claims } = decodeToken(token);
      await assertInactive(
        signWith(await serverKey(server), header, { ...claims, iss: 'https://evil.example' }),
      );
    });

    it('for a token that has expired, or is not valid yet (P-109, P-112)', async () => {
      const key = await serverKey(server);
      const { header, claims } = decodeToken(token);
      const now = Math.floor(Date.now() / 1000);
      await assertInactive(signWith(key, header, { ...claims, exp: now }));
      await assertInactive(signWith(key, header, { ...claims, nbf: now + 60 }));
      assert.equal((await introspect(signWith(key, header, { ...claims, nbf: now - 1 }))).body.active, true);
    });

    it('for a token that was revoked (P-109)', async () => {
      const revoked = await server.token(client);
      await server.request('POST', '/oauth/revoke', {
        basic: [client.clientId, client.secret],
        form: { token: revoked },
      });
      await assertInactive(revoked);
    });

    it('for a token of another customer, also one of the operator and also to the operator (P-109, P-111)', async () => {
      await assertInactive(token, stranger.admin);
      await assertInactive(stranger.token);
      await assertInactive(token, server.operator);
      await assertInactive(await server.operatorToken());
    });

    it('for a token of the same customer that is meant for others (P-110)', async () => {
      const resourceIds = ['https://api.example.com'];
      const of = (overrides: Record<string, unknown>) =>
        createClient(server, organization.customerId, organization.token, overrides);
      const meant = await server.token(await of({ resourceIds }));
      await assertInactive(meant, client);
      assert.equal((await introspect(meant, await of({ resourceIds }))).body.active, true);
      assert.equal((await introspect(meant, await of({ clientId: resourceIds[0] }))).body.active, true);
    });

    it('in answers that tell a stranger nothing: those for a live and an unknown token are the same (P-111)', async () => {
      const known = await introspect(token, stranger.admin);
      const unknown = await introspect('unknown', stranger.admin);
      const headersOf = (answer: typeof known) =>
        [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
      assert.equal(known.text, unknown.text);
      assert.deepEqual(headersOf(known), headersOf(unknown));
    });

    it('for thousands of tokens at random, or 429 (P-116)', async () => {
      const [header, claims] = token.split('.');
      const guess = (number: number) =>
        number % 2 === 0
          ? `${header}.${claims}.${randomBytes(64).toString('base64url')}`
          : randomBytes(40).toString('base64url');
      for (let from = 0; from < 2_000; from += 100) {
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, index) => introspect(guess(from + index))),
        );
        for (const { status, text } of answers) assert.ok(status === 429 || text === inactive, text);
      }
    });
  });

  describe('400 invalid_request', () => {
    const refused = async (form: URLSearchParams | Record<string, string>) => {
      const { status, body } = await server.request('POST', path, {
        basic: [client.clientId, client.secret],
        form,
      });
      assert.deepEqual([status, body.error], [400, 'invalid_request']);
    };

    it('without a token, or with an empty one (P-108)', async () => {
      await refused({});
      await refused({ token: '' });
      await refused({ token_type_hint: 'access_token' });
    });

    it('with two tokens, also when they are the same (P-108)', async () => {
      for (const second of ['other', token]) {
        await refused(
          new URLSearchParams([
            ['token', token],
            ['token', second],
          ]),
        );
      }
    });

    it('with the token in the query (P-108)', async () => {
      const { status } = await server.request('POST', `${path}?token=${token}`, {
        basic: [client.clientId, client.secret],
        form: {},
      });
      assert.equal(status, 400);
    });
  });

  describe('401 invalid_client', () => {
    it('without client authentication, with a wrong secret, and for an unknown client (P-106)', async () => {
      const attempts: RequestOptions[] = [
        { form: { token } },
        { form: { token }, basic: [client.clientId, 'wrong'] },
        { form: { token }, basic: ['nobody', client.secret] },
        { form: { token, client_id: client.clientId } },
        { form: { token }, token },
      ];
      for (const attempt of attempts) {
        const { status, headers, body } = await server.request('POST', path, attempt);
        assert.equal(status, 401);
        assert.equal(body.error, 'invalid_client');
        assert.match(headers.get('www-authenticate') ?? '', /^Basic /);
      }
    });
  });

  describe('405 and 415', () => {
    it('answer every method but POST and every body but a form (P-107)', async () => {
      for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']) {
        const answer = await server.request(method, `${path}?token=${token}`, {
          basic: [client.clientId, client.secret],
        });
        assert.equal(answer.status, 405, method);
        assert.equal(answer.headers.get('allow'), 'POST', method);
      }
      const json = await server.request('POST', path, {
        basic: [client.clientId, client.secret],
        json: { token },
      });
      assert.equal(json.status, 415);
    });
  });
});
