import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { comparable, nativeApi } from '../../customers/support/native-api.js';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { decodeToken } from '../../support/forged-token.js';
import type { Answer } from '../../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../../support/server.js';
import { type Surface, surfaceAt } from '../../support/surfaces.js';

let server: TestServer;
let organization: TestOrganization;
let platform: Surface;
let client: TestClient & { readonly id: string };

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  platform = surfaceAt(server, '/platform/clientauth', organization);
  client = await make();
});
after(() => server.close());

async function make(at: Surface = platform): Promise<TestClient & { readonly id: string }> {
  const { body } = await at('POST', '/credentials', { json: { name: 'minting' } });
  return { id: body.credential.id, clientId: body.credential.client_id, secret: body.client_secret };
}

const mint = (
  by: TestClient = client,
  change: Readonly<Record<string, unknown>> = {},
  at: TestServer = server,
): Promise<Answer> =>
  at.request('POST', '/platform/clientauth/token', {
    json: { client_id: by.clientId, client_secret: by.secret, subject: 'user-1234', ...change },
  });

describe('POST /platform/clientauth/token', () => {
  describe('200', () => {
    it('answers a token that carries the label, and nothing beyond the contract', async () => {
      const answer = await mint();
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(Object.keys(answer.body), ['access_token', 'token_type', 'expires_in', 'expires_at']);
      assert.equal(answer.body.token_type, 'Bearer');
      assert.equal(answer.body.expires_in, 900);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      const { claims } = decodeToken(answer.body.access_token);
      assert.equal(claims['sub'], 'user-1234');
      assert.equal(claims['client_id'], client.clientId);
      assert.equal(claims['customer'], organization.customerId);
      assert.equal(claims['exp'] - claims['iat'], 900);
      assert.equal(answer.body.expires_at, new Date(claims['exp'] * 1000).toISOString());
      assert.equal(claims['credential_id'], client.id);
      assert.deepEqual(claims['roles'], {});
    });

    it('signs with Ed25519 under a published key', async () => {
      const { body: jwks } = await server.request('GET', '/.well-known/jwks.json');
      const { body } = await mint();
      const issuer = server.settings.issuer;
      const verified = await jwtVerify(body.access_token, createLocalJWKSet(jwks), {
        issuer,
        algorithms: ['EdDSA'],
      });
      assert.equal(verified.payload.sub, 'user-1234');
    });

    it('needs no access token, and takes one as little as a Basic header', async () => {
      assert.equal(
        (
          await server.request('POST', '/platform/clientauth/token', {
            token: 'nonsense',
            json: { client_id: client.clientId, client_secret: client.secret, subject: 'x' },
          })
        ).status,
        200,
      );
      const basic = await server.request('POST', '/platform/clientauth/token', {
        basic: [client.clientId, client.secret],
        json: { subject: 'x' },
      });
      assert.equal(basic.status, 400);
    });

    for (const [ttl_minutes, seconds] of [
      [1, 60],
      [15, 900],
      [null, 900],
      [undefined, 900],
    ] as const) {
      it(`lets the token live for ${seconds} s with a ttl_minutes of ${ttl_minutes}`, async () => {
        const { body } = await mint(client, { ttl_minutes });
        const { claims } = decodeToken(body.access_token);
        assert.deepEqual([body.expires_in, claims['exp'] - claims['iat']], [seconds, seconds]);
      });
    }

    it('cuts the lifetime to that of the client’s tokens', async () => {
      const short = await createClient(server, organization.customerId, organization.token, {
        accessTokenValidity: 90,
      });
      assert.equal((await mint(short)).body.expires_in, 90);
      assert.equal((await mint(short, { ttl_minutes: 1 })).body.expires_in, 60);
    });

    it('takes a label of 255 characters of any kind, and passes it on as it is', async () => {
      for (const subject of ['🜚'.repeat(255), ' ', '{"role":"admin"}', 'a b&c=d']) {
        const { body } = await mint(client, { subject });
        assert.equal(decodeToken(body.access_token).claims['sub'], subject);
      }
    });

    it('ignores fields that it does not know', async () => {
      const { body } = await mint(client, { scope: 'everything', roles: { ROLE_ADMIN: [] }, sub: 'other' });
      const { claims } = decodeToken(body.access_token);
      assert.deepEqual([claims['sub'], claims['scope'], claims['roles']], ['user-1234', undefined, {}]);
    });

    it('is no other token for a project_id', async () => {
      const { claims } = decodeToken((await mint(client, { project_id: 'p1' })).body.access_token);
      const without = decodeToken((await mint()).body.access_token).claims;
      assert.deepEqual(Object.keys(claims), Object.keys(without));
      assert.deepEqual(claims['aud'], without['aud']);
    });

    it('dies after its minutes', async () => {
      const own = await startServer({ sharing: server });
      try {
        const admin = await own.token(organization.admin);
        const by = await createClient(own, organization.customerId, admin, {
          scope: ['credentials:clientauth:read'],
        });
        const { body } = await mint(by, { ttl_minutes: 1 }, own);
        const list = () =>
          own.request('GET', '/platform/clientauth/credentials', { token: body.access_token });
        assert.equal((await list()).status, 200);
        own.advanceClock(45);
        assert.equal((await list()).status, 200);
        own.advanceClock(15);
        assert.equal((await list()).status, 401);
      } finally {
        await own.close();
      }
    });
  });

  describe('400', () => {
    const wrong: readonly (readonly [change: Readonly<Record<string, unknown>>, detail: RegExp])[] = [
      [{ client_id: undefined }, /client_id: is required/],
      [{ client_id: '' }, /client_id: must have 1 to 255 characters/],
      [{ client_secret: undefined }, /client_secret: is required/],
      [{ client_secret: 7 }, /client_secret: must be a string/],
      [{ subject: undefined }, /subject: is required/],
      [{ subject: '' }, /subject: must have 1 to 255 characters/],
      [{ subject: 'a'.repeat(256) }, /subject: must have 1 to 255 characters/],
      [{ subject: ['a'] }, /subject: must be a string/],
      [{ subject: 'a\nb' }, /subject: must not contain control characters/],
      [{ project_id: 5 }, /project_id: must be a string/],
      [{ ttl_minutes: 0 }, /ttl_minutes: must be a whole number from 1 to 15/],
      [{ ttl_minutes: 16 }, /ttl_minutes: must be a whole number from 1 to 15/],
      [{ ttl_minutes: 1.5 }, /ttl_minutes: must be a whole number from 1 to 15/],
      [{ ttl_minutes: '15' }, /ttl_minutes: must be a whole number from 1 to 15/],
    ];
    for (const [change, detail] of wrong) {
      it(`refuses ${JSON.stringify(change).slice(0, 60)}`, async () => {
        const answer = await mint(client, change);
        assert.equal(answer.status, 400, answer.text);
        assert.match(answer.body.details, detail);
        assert.ok(!answer.text.includes(client.secret));
      });
    }

    it('refuses a client that may not use client_credentials', async () => {
      const other = await createClient(server, organization.customerId, organization.token, {
        authorizedGrantTypes: ['authorization_code'],
        redirectUri: ['https://client.example/cb'],
      });
      const answer = await mint(other);
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.body.details, /not allowed to use this grant type/);
    });
  });

  describe('401', () => {
    it('answers the same whatever is wrong with id or secret', async () => {
      const own = await startServer({ sharing: server });
      try {
        const admin = { ...organization, token: await own.token(organization.admin) };
        const native = nativeApi(own, admin);
        const revoked = await make(surfaceAt(own, '/platform/clientauth', admin));
        await surfaceAt(own, '/platform/clientauth', admin)('POST', `/credentials/${revoked.id}/revoke`);
        const disabled = await make(surfaceAt(own, '/platform/clientauth', admin));
        const shown = (await native('GET', `/clients/${disabled.clientId}`)).body;
        await native('PUT', `/clients/${disabled.clientId}`, { json: { ...shown, enabled: false } });
        const deleted = await make(surfaceAt(own, '/platform/clientauth', admin));
        await native('DELETE', `/clients/${deleted.clientId}`);
        const basicOnly = await createClient(own, organization.customerId, admin.token, {
          clientAuthenticationMethods: ['client_secret_basic'],
        });
        const expires = new Date(Date.now() + 60_000).toISOString();
        const made = await surfaceAt(own, '/api/v0', admin)('POST', '/client-credentials', {
          json: { expires },
        });
        own.advanceClock(61);
        const expired = { clientId: made.body.clientId, secret: made.body.secret };
        const wrongSecret = { ...client, secret: `${client.secret.slice(0, -1)}x` };
        const unknown = { clientId: 'nobody', secret: client.secret };
        const answers = [];
        for (const by of [unknown, wrongSecret, revoked, disabled, deleted, basicOnly, expired]) {
          answers.push(comparable(await mint(by, {}, own)));
        }
        for (const answer of answers) assert.deepEqual(answer, answers[0]);
        const { status, text } = answers[0] as { status: number; text: string };
        assert.equal(status, 401);
        assert.deepEqual(JSON.parse(text), {
          code: 401,
          details: 'Client authentication failed.',
          error: 'Unauthorized',
        });
      } finally {
        await own.close();
      }
    });
  });

  describe('429', () => {
    it('stops guessing', async () => {
      const own = await startServer({ sharing: server });
      try {
        const guess = () => mint({ ...client, secret: 'a wrong guess' }, {}, own);
        const statuses: number[] = [];
        for (let i = 0; i < 21; i++) statuses.push((await guess()).status);
        assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429]);
        const answer = await guess();
        assert.deepEqual([answer.body.code, answer.body.error], [429, 'Too Many Requests']);
        assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
      } finally {
        await own.close();
      }
    });

    it('refuses more live tokens than the organization allows, whatever their labels', async () => {
      const limited = await createOrganization(server);
      const at = surfaceAt(server, '/platform/clientauth', limited);
      const by = await make(at);
      const multitokenConfig = { clientCredentialsMultiTokenConfig: { maxActiveTokensAllowed: 2 } };
      await nativeApi(server, limited)('PUT', '', { json: { multitokenConfig } });
      assert.equal((await mint(by, { subject: 'a' })).status, 200);
      assert.equal((await mint(by, { subject: 'b' })).status, 200);
      const third = await mint(by, { subject: 'c' });
      assert.equal(third.status, 429, third.text);
      assert.equal(third.body.code, 429);
      assert.ok(Number(third.headers.get('retry-after')) <= 900);
    });
  });

  describe('where tokens are re-used', () => {
    it('answers the same token for the same label and time only', async () => {
      const reusing = await createOrganization(server);
      const by = await make(surfaceAt(server, '/platform/clientauth', reusing));
      const multitokenConfig = { clientCredentialsMultiTokenConfig: null };
      await nativeApi(server, reusing)('PUT', '', { json: { multitokenConfig } });
      const tokenFor = async (change: Readonly<Record<string, unknown>>) =>
        (await mint(by, change)).body.access_token;
      const first = await tokenFor({ subject: 'a' });
      assert.equal(await tokenFor({ subject: 'a' }), first);
      assert.notEqual(await tokenFor({ subject: 'b' }), first);
      assert.notEqual(await tokenFor({ subject: 'a', ttl_minutes: 1 }), first);
      assert.notEqual(await server.token(by), first);
      assert.equal(decodeToken(await server.token(by)).claims['sub'].startsWith('client:'), true);
    });
  });
});
