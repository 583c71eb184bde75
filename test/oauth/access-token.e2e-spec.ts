import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { Clock } from '#libs/common';
import { ClientAuthenticator } from '#libs/credentials';
import { TokenEndpoint } from '#libs/tokens';
import { createClient, createOrganization, type TestOrganization, uniqueName } from '../support/fixtures.js';
import { decodeToken } from '../support/forged-token.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { chiSquared } from '../support/statistics.js';

describe('the access token', () => {
  let server: TestServer;
  let organization: TestOrganization;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
  });
  after(() => server.close());

  const newClient = (overrides: Readonly<Record<string, unknown>> = {}): Promise<TestClient> =>
    createClient(server, organization.customerId, organization.token, overrides);
  const claimsOf = async (client: TestClient, parameters: Readonly<Record<string, string>> = {}) =>
    decodeToken(await server.token(client, parameters)).claims;

  it('is a JWT of type at+jwt whose asymmetric key stands in the JWKS (P-077)', async () => {
    const token = await server.token(await newClient());
    const { header } = decodeToken(token);
    assert.deepEqual(Object.keys(header).sort(), ['alg', 'kid', 'typ']);
    assert.equal(header['typ'], 'at+jwt');
    assert.equal(header['alg'], 'ES256');
    const { body } = await server.request('GET', '/.well-known/jwks.json');
    const { protectedHeader } = await jwtVerify(token, createLocalJWKSet(body), {
      issuer: server.settings.issuer,
      audience: server.settings.issuer,
      typ: 'at+jwt',
      algorithms: ['ES256'],
    });
    assert.equal(protectedHeader.kid, header['kid']);
  });

  it('has every required claim in its JSON type (P-078)', async () => {
    const client = await newClient();
    const claims = await claimsOf(client);
    for (const name of ['iss', 'sub', 'client_id', 'jti'])
      assert.ok(typeof claims[name] === 'string' && claims[name] !== '', name);
    for (const name of ['exp', 'iat']) assert.ok(Number.isInteger(claims[name]), name);
    assert.ok(Math.abs(claims['iat'] - Date.now() / 1000) < 5);
    assert.equal(claims['exp'] - claims['iat'], 3600);
    assert.equal(claims['client_id'], client.clientId);
    assert.ok(typeof claims['aud'] === 'string' || Array.isArray(claims['aud']));
  });

  it('has its scopes in one string, and no scope claim when it has none (P-079)', async () => {
    const client = await newClient({ scope: ['read', 'write', 'admin'] });
    assert.equal((await claimsOf(client, { scope: 'write read' }))['scope'], 'write read');
    assert.equal((await claimsOf(client))['scope'], 'read write admin');
    assert.ok(!('scope' in (await claimsOf(await newClient()))));
  });

  it('names the issuer exactly as the metadata does (P-080)', async () => {
    const { body } = await server.request('GET', '/.well-known/oauth-authorization-server');
    assert.equal((await claimsOf(await newClient()))['iss'], body.issuer);
  });

  it('has a subject that is the client for ever, whatever client ids are chosen (P-081)', async () => {
    const first = await newClient();
    const { sub } = await claimsOf(first);
    assert.match(sub, /^client:[0-9a-f-]{36}$/);
    assert.equal((await claimsOf(first))['sub'], sub);
    const imitator = await newClient({ clientId: sub });
    assert.notEqual((await claimsOf(imitator))['sub'], sub);
  });

  it('of a deleted client is no token of one created later with the same id (P-081)', async () => {
    const first = await newClient();
    const token = await server.token(first);
    const path = `/oauth/customers/${organization.customerId}/clients/${first.clientId}`;
    const deleted = await server.request('DELETE', path, { token: organization.token });
    assert.equal(deleted.status, 200);
    const second = await newClient({ clientId: first.clientId });
    assert.notEqual((await claimsOf(second))['sub'], decodeToken(token).claims['sub']);
    const { body } = await server.request('POST', '/oauth/introspect', {
      basic: [second.clientId, second.secret],
      form: { token },
    });
    assert.deepEqual(body, { active: false });
  });

  it('is for the resources of its client, or the one that was asked for, or this server alone (P-082)', async () => {
    const resourceIds = ['https://api.example.com', 'https://files.example.com'];
    const client = await newClient({ resourceIds });
    assert.deepEqual((await claimsOf(client))['aud'], resourceIds);
    for (const resource of resourceIds) assert.equal((await claimsOf(client, { resource }))['aud'], resource);
    assert.equal((await claimsOf(await newClient()))['aud'], server.settings.issuer);
    const refused = await server.request('POST', '/oauth/token', {
      basic: [client.clientId, client.secret],
      form: { grant_type: 'client_credentials', resource: 'https://other.example.com' },
    });
    assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_target']);
  });

  for (const accessTokenValidity of [0, -1, 3601, 1.5, '60', true]) {
    it(`cannot be made to last ${JSON.stringify(accessTokenValidity)} seconds (P-089)`, async () => {
      const { status } = await server.request('POST', `/oauth/customers/${organization.customerId}/clients`, {
        token: organization.token,
        json: [
          {
            clientId: uniqueName('client'),
            authorizedGrantTypes: ['client_credentials'],
            clientAuthenticationMethods: ['client_secret_basic'],
            accessTokenValidity,
          },
        ],
      });
      assert.equal(status, 400);
    });
  }

  it('is accepted until the second before its exp and no longer (P-090)', async () => {
    const token = await server.token(await newClient({ accessTokenValidity: 100 }));
    const { exp } = decodeToken(token).claims;
    const own = await startServer({ sharing: server });
    try {
      const path = `/oauth/customers/${organization.customerId}`;
      const clock = own.app.get(Clock, { strict: false });
      const reachSecond = (second: number) => own.advanceClock(second - clock.nowMs() / 1000);
      const statusOf = async () => (await own.request('GET', path, { token })).status;
      reachSecond(exp - 0.9);
      assert.equal(await statusOf(), 403, 'known, but not entitled');
      reachSecond(exp);
      assert.equal(await statusOf(), 401);
    } finally {
      await own.close();
    }
  });

  it('says nothing beyond what its readers need (P-091)', async () => {
    const client = await newClient({
      scope: ['read'],
      clientEmail: 'someone@example.com',
      clientName: 'A name',
      clientDescription: 'A description',
    });
    const claims = await claimsOf(client);
    assert.deepEqual(Object.keys(claims).sort(), [
      'aud',
      'client_id',
      'credential_id',
      'customer',
      'exp',
      'generation',
      'iat',
      'iss',
      'jti',
      'roles',
      'scope',
      'sub',
    ]);
    const text = JSON.stringify(claims);
    assert.ok(!text.includes('someone@example.com') && !text.includes(client.secret.slice(0, 12)));
  });

  it('has a jti of 160 random bits: 100,000 of them differ and their bytes are even (P-076)', async () => {
    const client = await newClient();
    const proved = await server.app.get(ClientAuthenticator, { strict: false }).authenticate({
      method: 'client_secret_basic',
      clientId: client.clientId,
      secret: client.secret,
      address: '127.0.0.1',
    });
    const endpoint = server.app.get(TokenEndpoint, { strict: false });
    const parameters = {
      single: (name: string) => (name === 'grant_type' ? 'client_credentials' : undefined),
    };
    const seen = new Set<string>();
    const counts = new Array<number>(256).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const { jti } = await endpoint.issue(proved, parameters);
      seen.add(jti);
      for (const byte of Buffer.from(jti, 'base64url')) counts[byte] = (counts[byte] ?? 0) + 1;
    }
    assert.equal(seen.size, 100_000);
    for (const jti of [...seen].slice(0, 100)) assert.equal(Buffer.from(jti, 'base64url').length, 20);
    assert.ok(chiSquared(counts) < 400, 'by chance less than once in a hundred million runs');
  });
});

describe('the lifetime of an access token', () => {
  it('is never above the ceilings of the server, whatever client and organization ask for (P-089)', async () => {
    const server = await startServer({
      settings: { maxAccessTokenTtlSeconds: 120, defaultAccessTokenTtlSeconds: 120 },
    });
    try {
      const { customerId, token } = await createOrganization(server);
      const client = await createClient(server, customerId, token, { accessTokenValidity: 3600 });
      const { claims } = decodeToken(await server.token(client));
      assert.equal(claims['exp'] - claims['iat'], 120);
    } finally {
      await server.close();
    }
  });

  it('follows the organization when its client sets none, and may be longer than usual if allowed (P-089)', async () => {
    const server = await startServer();
    try {
      const { customerId, token } = await createOrganization(server, {
        settings: { accessTokenTtlSeconds: 60, maxAccessTokenTtlSeconds: 7200 },
      });
      const lifetimeOf = async (overrides: Record<string, unknown>) => {
        const client = await createClient(server, customerId, token, overrides);
        const { claims } = decodeToken(await server.token(client));
        return claims['exp'] - claims['iat'];
      };
      assert.equal(await lifetimeOf({}), 60);
      assert.equal(await lifetimeOf({ accessTokenValidity: 7200 }), 7200);
      assert.equal(await lifetimeOf({ accessTokenValidity: 1 }), 1);
    } finally {
      await server.close();
    }
  });
});
