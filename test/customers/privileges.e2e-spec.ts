import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  clientBody,
  createClient,
  createOrganization,
  type TestOrganization,
  uniqueName,
} from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertError, callerWith, createRole, type NativeApi, nativeApi } from './support/native-api.js';

const crud = ['CREATE', 'READ', 'UPDATE', 'DELETE'];

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

describe('ROLE_ADMIN_CUSTOMER_<customerId>', () => {
  it('administers that customer, and nothing else', async () => {
    const roles = { [`ROLE_ADMIN_CUSTOMER_${stranger.customerId}`]: [] };
    const helper = await createClient(server, organization.customerId, await server.operatorToken(), {
      clientPermissions: { roles },
    });
    const token = await server.token(helper);
    const theirs = nativeApi(server, { ...stranger, token });
    assert.equal((await theirs('GET', '/clients')).status, 200);
    const json = clientBody({ clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } } });
    assert.equal((await theirs('POST', '/clients', { json })).status, 200);
    assert.equal((await api('GET', '/clients', { token })).status, 403);
    const third = await createOrganization(server);
    assert.equal((await nativeApi(server, { ...third, token })('GET', '/clients')).status, 404);
    assert.equal(
      (await server.request('POST', '/oauth/customers', { token, json: { id: 'X' } })).status,
      403,
    );
  });
});

describe('permissions by name', () => {
  it('count below the resource they name, whatever the case', async () => {
    const role = await createRole(api, { CUSTOMER: ['READ'] });
    const { token } = await caller({ [role]: [] });
    for (const path of ['', '/clients', '/tenants', '/roles/permissions']) {
      assert.equal((await api('GET', path, { token })).status, 200, path);
    }
  });

  it('give one privilege and no other', async () => {
    const role = await createRole(api, { 'Customer.Clients': ['CREATE'] });
    const { token } = await caller({ [role]: [] });
    const created = await api('POST', '/clients', { token, json: clientBody() });
    assert.equal(created.status, 200);
    const path = `/clients/${created.body.clientId}`;
    for (const [method, at] of [
      ['GET', '/clients'],
      ['GET', path],
      ['PUT', path],
      ['PUT', '/clients'],
      ['DELETE', path],
      ['PUT', `${path}/revoketokens`],
      ['GET', `${path}/multitokens`],
      ['GET', `${path}/credentials`],
    ] as const) {
      assertError(await api(method, at, { token }), 403, /entitle/);
    }
  });

  it('on clients cover their credentials, not the other way round', async () => {
    const role = await createRole(api, { 'Customer.Clients.Credentials': crud });
    const { token } = await caller({ [role]: [] });
    const client = await createClient(server, organization.customerId, organization.token);
    assert.equal((await api('GET', `/clients/${client.clientId}/credentials`, { token })).status, 200);
    assert.equal((await api('GET', `/clients/${client.clientId}`, { token })).status, 403);
    const user = await caller({ ROLE_ADMIN_USER: [] });
    const answer = await api('POST', `/clients/${client.clientId}/credentials`, { token: user.token });
    assert.equal(answer.status, 201);
  });

  it('are not a prefix of a name: Customer.Client is not Customer.Clients', async () => {
    const role = await createRole(api, { 'Customer.Client': crud });
    const { token } = await caller({ [role]: [] });
    assert.equal((await api('GET', '/clients', { token })).status, 403);
  });
});

describe('ROLE_AUDITOR', () => {
  it('reads everything in its customer and changes nothing', async () => {
    const auditor = await caller({ ROLE_AUDITOR: [] });
    const { token } = auditor;
    const path = `/clients/${auditor.clientId}`;
    const { credentialId } = (await api('GET', `${path}/credentials`)).body[0];
    for (const at of [
      '',
      '/tenants',
      '/roles/permissions',
      '/clients',
      path,
      `${path}/multitokens`,
      `${path}/credentials`,
      `${path}/credentials/${credentialId}`,
    ]) {
      assert.equal((await api('GET', at, { token })).status, 200, at);
    }
    for (const [method, at, json] of [
      ['PUT', '', {}],
      ['DELETE', '', undefined],
      ['POST', '/tenants', { tenantId: 't' }],
      ['DELETE', '/tenants/tenant1', undefined],
      ['POST', '/roles/permissions', { roleName: 'ROLE_T', servicePermissions: [] }],
      ['PUT', '/roles/permissions/ROLE_T', { servicePermissions: [] }],
      ['DELETE', '/roles/permissions/ROLE_T', undefined],
      ['POST', '/clients', clientBody()],
      ['PUT', '/clients', [clientBody()]],
      ['PUT', path, clientBody({ clientId: auditor.clientId })],
      ['DELETE', path, undefined],
      ['PUT', `${path}/revoketokens`, undefined],
      ['POST', `${path}/credentials`, {}],
      ['PATCH', `${path}/credentials/${credentialId}`, {}],
      ['POST', `${path}/credentials/${credentialId}/revoke`, undefined],
      ['POST', `${path}/credentials/${credentialId}/rotate`, {}],
    ] as const) {
      assertError(await api(method, at, { token, ...(json && { json }) }), 403, /entitle/);
    }
  });
});

describe('the secret of a more powerful client', () => {
  it('403: is not for a lesser caller to issue, rotate or replace', async () => {
    const { token } = await caller({ ROLE_ADMIN_USER: [] });
    const { clientId } = organization.admin;
    const path = `/clients/${clientId}/credentials`;
    const { credentialId } = (await api('GET', path)).body[0];
    assertError(await api('POST', path, { token }), 403, /ROLE_ADMIN_CUSTOMER is beyond/);
    assertError(await api('POST', `${path}/${credentialId}/rotate`, { token }), 403, /is beyond/);
    const json = clientBody({
      clientId,
      clientSecret: 'a secret of the intruder',
      clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
    });
    assertError(await api('PUT', `/clients/${clientId}`, { token, json }), 403, /secret/i);
    assert.equal((await api('GET', path)).body.length, 1);
    assert.equal((await api('GET', `${path}/${credentialId}`)).body.status, 'active');
  });

  it('403: changing a secret by replacement takes UPDATE for all tenants of the customer', async () => {
    const client = await createClient(server, organization.customerId, organization.token);
    const role = await createRole(api, { 'Customer.Clients': ['UPDATE'] });
    const some = await caller({ [role]: ['tenant1'] });
    const all = await caller({ [role]: ['tenant1', 'tenant2'] });
    const json = clientBody({ clientId: client.clientId, clientSecret: uniqueName('secret') });
    const path = `/clients/${client.clientId}`;
    assertError(await api('PUT', path, { token: some.token, json }), 403, /all tenants/);
    assert.equal((await api('PUT', path, { token: all.token, json })).status, 200);
  });
});

describe('the permissions of a role', () => {
  it('403: nobody gives a role what he does not hold', async () => {
    const { token } = await caller({ ROLE_ADMIN_USER: [] });
    for (const resource of ['Customer', 'Customer.Tenants']) {
      const servicePermissions = [
        { id: 'Auth', resourcePermissions: [{ id: resource, allowedPrivileges: ['READ'] }] },
      ];
      const json = { roleName: uniqueName('ROLE'), servicePermissions };
      assertError(await api('POST', '/roles/permissions', { token, json }), 403, /permissions that you hold/);
    }
  });

  it('403: nobody widens a role for tenants for which he does not hold the permission', async () => {
    const role = await createRole(api, {});
    const intruder = await caller({ ROLE_ADMIN_USER: [], [role]: ['tenant1'] });
    const servicePermissions = [
      { id: 'Auth', resourcePermissions: [{ id: 'Customer.Clients', allowedPrivileges: ['UPDATE'] }] },
    ];
    const path = `/roles/permissions/${role}`;
    const answer = await api('PUT', path, { token: intruder.token, json: { servicePermissions } });
    assertError(answer, 403, /permissions that you hold/);
    assert.deepEqual((await api('GET', path)).body.servicePermissions, []);
  });

  it('403: nobody takes away or deletes a role that permits more than he may', async () => {
    const role = await createRole(api, { 'Customer.Tenants': ['READ'] });
    const { token } = await caller({ ROLE_ADMIN_USER: [] });
    const path = `/roles/permissions/${role}`;
    assertError(await api('PUT', path, { token, json: { servicePermissions: [] } }), 403, /hold/);
    assertError(await api('DELETE', path, { token }), 403, /hold/);
  });
});
