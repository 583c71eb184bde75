import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clientBody, createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertError, callerWith, type NativeApi, nativeApi } from './support/native-api.js';

let server: TestServer;
let organization: TestOrganization;
let stranger: TestOrganization;
let api: NativeApi;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  stranger = await createOrganization(server, { tenants: ['foreign1'] });
  api = nativeApi(server, organization);
});
after(() => server.close());

const caller = (roles: Record<string, string[]>) => callerWith(server, organization, roles);
const grant = (token: string, roles: object) =>
  api('POST', '/clients', { token, json: clientBody({ clientPermissions: { roles } }) });

describe('granting', () => {
  const beyond: [holder: Record<string, string[]>, granted: (own: string, other: string) => object][] = [
    [{ ROLE_ADMIN_CUSTOMER: [] }, () => ({ ROLE_ADMIN: [] })],
    [{ ROLE_ADMIN_CUSTOMER: [] }, (_, other) => ({ [`ROLE_ADMIN_CUSTOMER_${other}`]: [] })],
    [{ ROLE_ADMIN_CUSTOMER: [] }, () => ({ ROLE_ADMIN_CUSTOMER_NOBODY: [] })],
    [{ ROLE_ADMIN_USER: [] }, () => ({ ROLE_ADMIN_CUSTOMER: [] })],
    [{ ROLE_ADMIN_USER: [] }, (own) => ({ [`ROLE_ADMIN_CUSTOMER_${own}`]: [] })],
    [{ ROLE_ADMIN_USER: [] }, () => ({ ROLE_ADMIN_USER: ['tenant1'] })],
    [{ ROLE_ADMIN_USER: [] }, () => ({ ROLE_AUDITOR: [] })],
    [{ ROLE_ADMIN_USER: ['tenant1'] }, () => ({ ROLE_ADMIN_USER: ['tenant1', 'tenant2'] })],
    [{ ROLE_ADMIN_USER: [], ROLE_USER: ['tenant1'] }, () => ({ ROLE_USER: ['tenant2'] })],
    [{ ROLE_ADMIN_USER: [], ROLE_USER: ['tenant1'] }, () => ({ ROLE_ADMIN_TENANT: ['tenant1'] })],
  ];
  for (const [holder, granted] of beyond) {
    it(`403: ${JSON.stringify(holder)} cannot give ${JSON.stringify(granted('<own>', '<other>'))}`, async () => {
      const { token } = await caller(holder);
      const roles = granted(organization.customerId, stranger.customerId);
      assertError(await grant(token, roles), 403, /grant only roles and tenants that you hold/);
    });
  }

  const within: [holder: Record<string, string[]>, granted: object][] = [
    [{ ROLE_ADMIN_CUSTOMER: [] }, { ROLE_ADMIN_CUSTOMER: [], ROLE_ADMIN_TENANT: ['tenant1', 'tenant2'] }],
    [{ ROLE_ADMIN_USER: [] }, { ROLE_ADMIN_USER: [] }],
    [{ ROLE_ADMIN_USER: ['tenant1'] }, { ROLE_ADMIN_USER: ['tenant1'] }],
    [{ ROLE_ADMIN_USER: [], ROLE_USER: ['tenant1'] }, { ROLE_USER: ['tenant1'] }],
    [{ ROLE_ADMIN_USER: [], ROLE_ADMIN_TENANT: ['tenant1'] }, { ROLE_USER: ['tenant1'] }],
  ];
  for (const [holder, granted] of within) {
    it(`200: ${JSON.stringify(holder)} can give ${JSON.stringify(granted)}`, async () => {
      const { token } = await caller(holder);
      assert.equal((await grant(token, granted)).status, 200);
    });
  }

  it('403: answers the same whether the other customer exists', async () => {
    const [exists, does_not] = await Promise.all(
      [stranger.customerId, stranger.customerId.replace(/.$/, 'Z')].map((id) =>
        grant(organization.token, { [`ROLE_ADMIN_CUSTOMER_${id}`]: [] }),
      ),
    );
    assert.equal(exists?.text.replaceAll(stranger.customerId, ''), does_not?.text.replace(/ORG_\w+Z/, ''));
  });

  it('400: a tenant of another customer is no tenant', async () => {
    assertError(
      await grant(organization.token, { ROLE_USER: ['foreign1'] }),
      400,
      /clientPermissions\.roles\.ROLE_USER\[0\]: must be a tenant of the customer/,
    );
  });

  it('403: a replacement grants no more than a create does, and nothing is written', async () => {
    const { token } = await caller({ ROLE_ADMIN_USER: [] });
    const client = await createClient(server, organization.customerId, token);
    const json = clientBody({
      clientId: client.clientId,
      clientName: 'changed',
      clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
    });
    assertError(await api('PUT', `/clients/${client.clientId}`, { token, json }), 403, /beyond/);
    assertError(await api('PUT', '/clients', { token, json: [json] }), 403, /beyond/);
    assert.equal((await api('GET', `/clients/${client.clientId}`)).body.clientName, null);
  });

  it('200: a replacement may leave to a client what it holds already', async () => {
    const { token } = await caller({ ROLE_ADMIN_USER: [] });
    const roles = { ROLE_ADMIN_CUSTOMER: [], ROLE_USER: ['tenant1'] };
    const client = await createClient(server, organization.customerId, organization.token, {
      clientPermissions: { roles },
    });
    const json = clientBody({ clientId: client.clientId, clientName: 'n', clientPermissions: { roles } });
    assert.equal((await api('PUT', `/clients/${client.clientId}`, { token, json })).status, 200);
  });

  it('403: nobody raises himself', async () => {
    const self = await caller({ ROLE_ADMIN_USER: [] });
    const json = clientBody({
      clientId: self.clientId,
      clientPermissions: { roles: { ROLE_ADMIN_USER: [], ROLE_ADMIN_CUSTOMER: [] } },
    });
    assertError(await api('PUT', `/clients/${self.clientId}`, { token: self.token, json }), 403, /beyond/);
  });

  it('403: nobody raises himself by a scope that entitles to all that his creator may do', async () => {
    const self = await caller({ ROLE_ADMIN_USER: [] });
    const json = clientBody({
      clientId: self.clientId,
      scope: ['sp:scopes:all'],
      clientPermissions: { roles: { ROLE_ADMIN_USER: [] } },
    });
    assertError(
      await api('PUT', `/clients/${self.clientId}`, { token: self.token, json }),
      403,
      /scopes that/,
    );
  });
});
