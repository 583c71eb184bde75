import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { callerWith, isActive } from '../../customers/support/native-api.js';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { decodeToken } from '../../support/forged-token.js';
import { startServer, type TestClient, type TestServer } from '../../support/server.js';
import { callerWithScopes, surfaceAt } from '../../support/surfaces.js';

let server: TestServer;
let organization: TestOrganization;
let stranger: TestOrganization;
let client: TestClient;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  stranger = await createOrganization(server);
  const platform = surfaceAt(server, '/platform/clientauth', organization);
  const { body } = await platform('POST', '/credentials', { json: { name: 'labelling' } });
  client = { clientId: body.credential.client_id, secret: body.client_secret };
});
after(() => server.close());

async function tokenLabelled(subject: string, by: TestClient = client): Promise<string> {
  const json = { client_id: by.clientId, client_secret: by.secret, subject };
  const answer = await server.request('POST', '/platform/clientauth/token', { json });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(decodeToken(answer.body.access_token).claims['sub'], subject);
  return answer.body.access_token;
}

/** Labels that would be worth a lot if anybody took them at their word. */
async function temptingLabels(): Promise<string[]> {
  const rows = await server.database.query<{ id: string }>(
    'select id from client where client_id = any($1)',
    [[server.operator.clientId, organization.admin.clientId, stranger.admin.clientId]],
  );
  return [
    server.operator.clientId,
    organization.admin.clientId,
    stranger.admin.clientId,
    ...rows.map(({ id }) => `client:${id}`),
    ...rows.map(({ id }) => id),
    'ROLE_ADMIN',
    'ROLE_ADMIN_CUSTOMER',
    `ROLE_ADMIN_CUSTOMER_${stranger.customerId}`,
    'credentials:clientauth:write',
    organization.customerId,
  ];
}

describe('the subject label of a minted token', () => {
  it('opens no route of any surface, whomever it names', async () => {
    for (const label of await temptingLabels()) {
      const token = await tokenLabelled(label);
      for (const [method, path, status] of [
        ['GET', '/platform/clientauth/credentials', 403],
        ['POST', '/platform/clientauth/credentials', 403],
        ['GET', '/api/v0/client-credentials', 403],
        ['GET', `/oauth/customers/${organization.customerId}/clients`, 403],
        ['GET', `/oauth/customers/${stranger.customerId}/clients`, 404],
        ['POST', '/oauth/customers', 403],
        ['GET', '/oauth/signing-keys', 403],
      ] as const) {
        const answer = await server.request(method, path, { token, ...(method === 'POST' && { json: {} }) });
        assert.equal(answer.status, status, `${method} ${path} as ${label}: ${answer.text}`);
      }
    }
  });

  it('takes no right away from a client that has some', async () => {
    const reader = await callerWithScopes(server, organization, ['credentials:clientauth:read']);
    const token = await tokenLabelled('nobody', reader);
    const list = (path: string) => server.request('GET', path, { token });
    assert.equal((await list('/platform/clientauth/credentials')).status, 200);
    assert.equal((await list(`/oauth/customers/${organization.customerId}/clients`)).status, 403);
  });

  it('does not show in who the client is: introspection, checkToken, the audit log', async () => {
    const label = organization.admin.clientId;
    const token = await tokenLabelled(label);
    const basic = [organization.admin.clientId, organization.admin.secret] as const;
    const introspected = await server.request('POST', '/oauth/introspect', { basic, form: { token } });
    assert.deepEqual(
      [introspected.body.client_id, introspected.body.sub, introspected.body.roles],
      [client.clientId, label, {}],
    );
    const checked = await server.request('POST', '/oauth/checkToken', { basic, form: { token } });
    assert.deepEqual([checked.body.username, checked.body.clientId], [client.clientId, client.clientId]);
    const caller = await callerWith(server, organization, { ROLE_ADMIN_CUSTOMER: [] });
    const labelled = await tokenLabelled(server.operator.clientId, caller);
    const made = await server.request('POST', '/platform/clientauth/credentials', {
      token: labelled,
      json: { name: 'audited' },
    });
    const [event] = await server.database.query<{ actor: string }>(
      'select actor from audit_event where target_id = $1',
      [made.body.credential.id],
    );
    assert.equal(event?.actor, caller.clientId);
  });

  it('lets nobody but the client revoke the token', async () => {
    const { admin } = organization;
    const token = await tokenLabelled(admin.clientId);
    const revokeAs = (by: TestClient) =>
      server.request('POST', '/oauth/revoke', { basic: [by.clientId, by.secret], form: { token } });
    assert.equal((await revokeAs(admin)).status, 200);
    assert.equal(await isActive(server, admin, token), true);
    assert.equal((await revokeAs(client)).status, 200);
    assert.equal(await isActive(server, admin, token), false);
  });
});
