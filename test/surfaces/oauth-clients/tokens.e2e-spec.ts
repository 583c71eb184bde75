import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../../support/server.js';
import { assertIssued, requestByBasic, requestByPost } from '../../support/token-requests.js';
import { assertError, createOAuthClient, oauthClientBody, patch } from './support.js';

let server: TestServer;
let organization: TestOrganization;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
});
after(() => server.close());

function claimsOf(token: string) {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
}

async function isActive(token: string): Promise<boolean> {
  const { admin } = organization;
  const answer = await server.request('POST', '/oauth/introspect', {
    basic: [admin.clientId, admin.secret],
    form: { token },
  });
  return answer.body.active;
}

async function assertNoToken(client: TestClient): Promise<void> {
  const answer = await requestByBasic(server, client);
  assert.equal(answer.status, 401, answer.text);
  assert.equal(answer.body.error, 'invalid_client');
}

describe('a token for a client made on /oauth-clients', () => {
  it('is had by Basic header and by body, with the members of the vendor', async () => {
    const client = await createOAuthClient(server, organization.token, {
      accessType: 'OFFLINE',
      internal: true,
      strongAuthSupported: true,
      scope: ['demo:read'],
    });
    for (const answer of [await requestByBasic(server, client), await requestByPost(server, client)]) {
      const token = assertIssued(answer);
      assert.deepEqual(answer.body, {
        access_token: token,
        token_type: 'Bearer',
        expires_in: 750,
        scope: 'demo:read',
        accessType: 'OFFLINE',
        tenant_id: organization.customerId,
        internal: true,
        strong_auth_supported: true,
        jti: claimsOf(token).jti,
      });
    }
  });

  it('has nothing added for a client of the native API', async () => {
    const client = await createClient(server, organization.customerId, organization.token);
    const answer = await requestByBasic(server, client);
    assertIssued(answer);
    assert.deepEqual(Object.keys(answer.body), ['access_token', 'token_type', 'expires_in']);
  });

  it('is refused to a client without CLIENT_CREDENTIALS', async () => {
    const client = await createOAuthClient(server, organization.token, {
      grantTypes: ['AUTHORIZATION_CODE'],
      redirectUris: ['https://a.example/back'],
    });
    assert.equal((await requestByBasic(server, client)).body.error, 'unauthorized_client');
  });

  it('is refused while the client is disabled, and those it has are dead', async () => {
    const client = await createOAuthClient(server, organization.token);
    const token = await server.token(client);
    const set = (value: boolean) =>
      patch(server, organization.token, client.clientId, [{ op: 'replace', path: '/enabled', value }]);
    assert.equal(await isActive(token), true);
    await set(false);
    await assertNoToken(client);
    assert.equal(await isActive(token), false);
    assert.equal((await server.request('GET', '/oauth-clients', { token })).status, 401);
    await set(true);
    assertIssued(await requestByBasic(server, client));
    await assertNoToken(await createOAuthClient(server, organization.token, { enabled: false }));
  });

  it('dies with its client, on every surface at once', async () => {
    const client = await createOAuthClient(server, organization.token);
    const token = await server.token(client);
    const path = `/oauth-clients/${client.clientId}`;
    const deleted = await server.request('DELETE', path, { token: organization.token });
    assert.equal(deleted.status, 204);
    assert.equal(deleted.text, '');
    await assertNoToken(client);
    assert.equal(await isActive(token), false);
    for (const gone of [path, `/oauth/customers/${organization.customerId}/clients/${client.clientId}`]) {
      assert.equal((await server.request('GET', gone, { token: organization.token })).status, 404, gone);
    }
    assertError(await server.request('DELETE', path, { token: organization.token }), 404, '404 Not found');
  });

  it('dies when its secret is revoked over the native API', async () => {
    const client = await createOAuthClient(server, organization.token);
    const token = await server.token(client);
    const path = `/oauth/customers/${organization.customerId}/clients/${client.clientId}/credentials`;
    const { body } = await server.request('GET', path, { token: organization.token });
    await server.request('POST', `${path}/${body[0].credentialId}/revoke`, { token: organization.token });
    await assertNoToken(client);
    assert.equal(await isActive(token), false);
  });
});

describe('accessTokenValiditySeconds', () => {
  const create = (token: string, accessTokenValiditySeconds: number): Promise<Answer> =>
    server.request('POST', '/oauth-clients', {
      token,
      json: oauthClientBody({ accessTokenValiditySeconds }),
    });
  const lifetimeOf = async (client: TestClient): Promise<number> =>
    (await requestByBasic(server, client)).body.expires_in;

  it('is how long a token lives, up to 43200', async () => {
    for (const seconds of [1, 3_600, 3_601, 43_200]) {
      const client = await createOAuthClient(server, organization.token, {
        accessTokenValiditySeconds: seconds,
      });
      assert.equal(await lifetimeOf(client), seconds);
    }
  });

  it('leaves the ceiling of the native API as it is', async () => {
    await assert.rejects(
      createClient(server, organization.customerId, organization.token, { accessTokenValidity: 3_601 }),
      /from 1 to 3600/,
    );
    const { token, customerId } = organization;
    const { clientId } = await createOAuthClient(server, token, { accessTokenValiditySeconds: 43_200 });
    const path = `/oauth/customers/${customerId}/clients/${clientId}`;
    const { body } = await server.request('GET', path, { token });
    const put = (json: object) => server.request('PUT', path, { token, json });
    assert.equal((await put({ ...body, clientName: 'Renamed' })).status, 200);
    assert.equal((await put({ ...body, accessTokenValidity: 43_199 })).status, 400);
  });

  it('does not exceed the ceiling that the organization sets', async () => {
    const strict = await createOrganization(server, { settings: { maxAccessTokenTtlSeconds: 600 } });
    const refused = await create(strict.token, 601);
    assertError(refused, 400, '400.1 Bad Request Content', /^accessTokenValiditySeconds: .* from 1 to 600$/);
    assert.equal((await create(strict.token, 600)).status, 200);
  });

  it('is cut when the ceiling sinks later, and other fields can still be changed', async () => {
    const changing = await createOrganization(server);
    const client = await createOAuthClient(server, changing.token, { accessTokenValiditySeconds: 7_200 });
    const lowered = await server.request('PUT', `/oauth/customers/${changing.customerId}`, {
      token: await server.operatorToken(),
      json: { id: changing.customerId, settings: { maxAccessTokenTtlSeconds: 600 } },
    });
    assert.equal(lowered.status, 200, lowered.text);
    assert.equal(await lifetimeOf(client), 600);
    const renamed = await patch(server, changing.token, client.clientId, [
      { op: 'replace', path: '/name', value: 'Renamed' },
    ]);
    assert.equal(renamed.status, 200, renamed.text);
    assert.equal(renamed.body.accessTokenValiditySeconds, 7_200);
  });

  it('does not exceed the ceiling of the server', async () => {
    const short = await startServer({ settings: { maxAccessTokenTtlSeconds: 900 } });
    try {
      const { token } = await createOrganization(short);
      const client = await createOAuthClient(short, token, { accessTokenValiditySeconds: 43_200 });
      assert.equal((await requestByBasic(short, client)).body.expires_in, 900);
    } finally {
      await short.close();
    }
  });
});

describe('a client that was made on the native API', () => {
  it('is shown with what is in force for it', async () => {
    const { customerId, token } = organization;
    const client = await createClient(server, customerId, token, { scope: ['read'] });
    const { body } = await server.request('GET', `/oauth-clients/${client.clientId}`, { token });
    const { created, modified, ...rest } = body;
    assert.ok(Date.parse(created) <= Date.parse(modified));
    assert.deepEqual(rest, {
      id: client.clientId,
      secret: null,
      businessName: null,
      homepageUrl: null,
      name: client.clientId,
      description: '',
      accessTokenValiditySeconds: 3_600,
      refreshTokenValiditySeconds: 0,
      redirectUris: [],
      grantTypes: ['CLIENT_CREDENTIALS'],
      accessType: 'ONLINE',
      type: 'CONFIDENTIAL',
      internal: false,
      enabled: true,
      strongAuthSupported: false,
      claimsSupported: false,
      scope: ['read'],
      lastUsed: null,
      metadata: null,
    });
  });

  it('can be deleted here', async () => {
    const client = await createClient(server, organization.customerId, organization.token);
    const token = await server.token(client);
    const answer = await server.request('DELETE', `/v3/oauth-clients/${client.clientId}`, {
      token: organization.token,
    });
    assert.equal(answer.status, 204);
    assert.equal(await isActive(token), false);
  });
});

describe('a client made on /oauth-clients', () => {
  it('is shown on the native API', async () => {
    const { customerId, token } = organization;
    const { clientId } = await createOAuthClient(server, token);
    const path = `/oauth/customers/${customerId}/clients/${clientId}`;
    const { body } = await server.request('GET', path, { token });
    assert.equal(body.clientName, 'Nightly import');
    assert.equal(body.accessTokenValidity, 750);
    assert.deepEqual(body.clientAuthenticationMethods, ['client_secret_basic', 'client_secret_post']);
    assert.deepEqual(body.clientPermissions, { roles: {} });
    assert.equal(body.defaultRolesAssignmentEnabled, false);
  });
});
