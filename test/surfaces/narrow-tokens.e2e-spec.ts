import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

const body = {
  name: 'Made by a manager',
  description: 'Of a test',
  accessTokenValiditySeconds: 600,
  grantTypes: ['CLIENT_CREDENTIALS'],
  accessType: 'ONLINE',
  enabled: true,
};

/** A client that was made with a narrow token draws no more on its owner than that token could. */
describe('a client of all its owner’s rights', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let manager: TestClient;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    manager = await createClient(server, organization.customerId, organization.token, {
      scope: ['sp:oauth-client:manage', 'sp:scopes:all'],
      defaultRolesAssignmentEnabled: false,
    });
  });
  after(() => server.close());

  const listRoles = async (token: string) =>
    (await server.request('GET', `/oauth/customers/${organization.customerId}/roles/permissions`, { token }))
      .status;

  /** A client with the usual scope, `sp:scopes:all`, made with a token of these scopes. */
  const makeWith = async (scope: string): Promise<TestClient> => {
    const token = await server.token(manager, { scope });
    const created = await server.request('POST', '/oauth-clients', { token, json: body });
    assert.equal(created.status, 200, created.text);
    return { clientId: created.body.id, secret: created.body.secret };
  };

  it('has them when it was made with a token that had them', async () => {
    const client = await makeWith('sp:oauth-client:manage sp:scopes:all');
    assert.equal(await listRoles(await server.token(client)), 200);
  });

  it('has only those of the token by which it was made', async () => {
    const client = await makeWith('sp:oauth-client:manage');
    const token = await server.token(client);
    assert.equal(await listRoles(token), 403);
    assert.equal((await server.request('GET', '/oauth-clients', { token })).status, 200);
  });

  it('gives no secret to its owner with a narrower token', async () => {
    const { clientId } = await makeWith('sp:oauth-client:manage sp:scopes:all');
    const narrow = await server.token(manager, { scope: 'sp:oauth-client:manage' });
    const path = `/oauth/customers/${organization.customerId}/clients/${clientId}/credentials`;
    const refused = await server.request('POST', path, { token: narrow, json: {} });
    assert.equal(refused.status, 403, refused.text);
    const wide = await server.token(manager, { scope: 'sp:oauth-client:manage sp:scopes:all' });
    assert.equal((await server.request('POST', path, { token: wide, json: {} })).status, 201);
  });
});
