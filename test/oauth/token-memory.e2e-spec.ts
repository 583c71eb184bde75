import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { clientBody, createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { decodeToken } from '../support/forged-token.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

describe('what is remembered of a client’s usual token', async () => {
  const server: TestServer = await startServer();
  let organization: TestOrganization;
  let client: TestClient;
  beforeEach(async () => {
    organization = await createOrganization(server);
    client = await createClient(server, organization.customerId, organization.token);
    // Remembered with the first one, used with the second.
    for (let time = 0; time < 2; time++) await server.token(client);
  });
  after(() => server.close());

  const next = async () => decodeToken(await server.token(client));
  const change = async (path: string, token: string, json: object) => {
    const { status, text } = await server.request('PUT', `/oauth/customers/${path}`, { token, json });
    assert.equal(status, 200, text);
  };
  const changeClient = (changes: object) => {
    const { customerId, token } = organization;
    const path = `${customerId}/clients/${client.clientId}`;
    return change(path, token, clientBody({ clientId: client.clientId, ...changes }));
  };
  const changeSettings = async (settings: object) =>
    change(organization.customerId, await server.operatorToken(), { settings });

  it('goes with a change of the client’s roles', async () => {
    const before = (await next()).claims;
    await changeClient({ clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } } });
    const { claims } = await next();
    assert.ok('ROLE_ADMIN_CUSTOMER' in claims['roles'], JSON.stringify(claims['roles']));
    assert.notEqual(claims['generation'], undefined);
    assert.ok(!('ROLE_ADMIN_CUSTOMER' in before['roles']));
  });

  it('goes with a change of its lifetime, of the client’s own and of its organization', async () => {
    await changeSettings({ accessTokenTtlSeconds: 120 });
    const ofOrganization = (await next()).claims;
    assert.equal(ofOrganization['exp'] - ofOrganization['iat'], 120);
    await changeClient({ accessTokenValidity: 60 });
    const own = (await next()).claims;
    assert.equal(own['exp'] - own['iat'], 60);
  });

  it('goes with a change of the algorithm', async () => {
    assert.equal((await next()).header['alg'], 'ES256');
    await changeSettings({ accessTokenSigningAlg: 'EdDSA' });
    assert.equal((await next()).header['alg'], 'EdDSA');
  });

  it('is never that of another client', async () => {
    const other = await createClient(server, organization.customerId, organization.token);
    for (const { clientId, secret } of [client, other, client, other]) {
      const { claims } = decodeToken(await server.token({ clientId, secret }));
      assert.equal(claims['client_id'], clientId);
    }
  });

  it('has an id of its own for each token', async () => {
    const ids = new Set<string>();
    for (let time = 0; time < 300; time++) ids.add((await next()).claims['jti']);
    assert.equal(ids.size, 300);
  });
});
