import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertError, type NativeApi, nativeApi } from './support/native-api.js';

let server: TestServer;
let organization: TestOrganization;
let api: NativeApi;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  api = nativeApi(server, organization);
});
after(() => server.close());

describe('…/tenants', () => {
  it('201, 200, 409: are created once, listed, and stand in the customer', async () => {
    const created = await api('POST', '/tenants', { json: { tenantId: 'tenant3' } });
    assert.equal(created.status, 201);
    assert.deepEqual(Object.keys(created.body), ['tenantId', 'createdAt']);
    assertError(
      await api('POST', '/tenants', { json: { tenantId: 'tenant3' } }),
      409,
      /has a tenant of that id/,
    );
    const ids = (await api('GET', '/tenants')).body.map(({ tenantId }: { tenantId: string }) => tenantId);
    assert.deepEqual(ids, ['tenant1', 'tenant2', 'tenant3']);
    assert.deepEqual((await api('GET', '')).body.tenants, ids);
  });

  it('400: refuses an id that is none', async () => {
    for (const tenantId of ['', 'a b', '../x', 'x'.repeat(129), 5, null, undefined]) {
      assertError(await api('POST', '/tenants', { json: { tenantId } }), 400, /tenantId: /);
    }
  });

  it('200: two customers may have tenants of the same id', async () => {
    const other = await createOrganization(server, { tenants: ['tenant1', 'only-theirs'] });
    assert.deepEqual((await nativeApi(server, other)('GET', '')).body.tenants, ['tenant1', 'only-theirs']);
    assertError(await api('DELETE', '/tenants/only-theirs'), 404, /tenant does not exist/);
  });

  it('200: a deleted tenant is taken out of every grant', async () => {
    await api('POST', '/tenants', { json: { tenantId: 'gone' } });
    const client = await createClient(server, organization.customerId, organization.token, {
      clientPermissions: { roles: { ROLE_USER: ['gone', 'tenant1'] } },
    });
    assert.deepEqual((await api('DELETE', '/tenants/gone')).body, { status: 'success' });
    const { body } = await api('GET', `/clients/${client.clientId}`);
    assert.deepEqual(body.clientPermissions.roles, { ROLE_USER: ['tenant1'] });
    assertError(await api('DELETE', '/tenants/gone'), 404, /tenant does not exist/);
  });
});

describe('…/roles/permissions', () => {
  const servicePermissions = [
    { id: 'Auth', resourcePermissions: [{ id: 'customer', allowedPrivileges: ['READ'] }] },
    {
      id: 'Billing',
      resourcePermissions: [{ id: 'Invoices.Drafts', allowedPrivileges: ['EXECUTE', 'CREATE'] }],
    },
  ];

  it('201: answers and keeps a role as it was written', async () => {
    const json = { roleName: 'ROLE_x$&@_9', servicePermissions };
    const created = await api('POST', '/roles/permissions', { json });
    assert.equal(created.status, 201);
    assert.deepEqual(created.body, json);
    const path = `/roles/permissions/${encodeURIComponent('ROLE_x$&@_9')}`;
    assert.deepEqual((await api('GET', path)).body, json);
    assert.deepEqual((await api('GET', '/roles/permissions')).body, [json]);
    assert.deepEqual((await api('GET', '')).body.customerSpecificRoles, ['ROLE_x$&@_9']);
  });

  it('200: replaces and deletes', async () => {
    await api('POST', '/roles/permissions', { json: { roleName: 'ROLE_BRIEF', servicePermissions } });
    const json = { roleName: 'ROLE_BRIEF', servicePermissions: [] };
    assert.deepEqual((await api('PUT', '/roles/permissions/ROLE_BRIEF', { json })).body, json);
    assert.deepEqual((await api('DELETE', '/roles/permissions/ROLE_BRIEF')).body, { status: 'success' });
    for (const method of ['GET', 'DELETE', 'PUT']) {
      const body = method === 'PUT' ? { json } : {};
      assertError(await api(method, '/roles/permissions/ROLE_BRIEF', body), 404, /role does not exist/);
    }
  });

  it('400: refuses names and permissions that break the rules, and names the field', async () => {
    const refused: [object, RegExp][] = [
      [{ roleName: 'DEPLOYER' }, /roleName: must start with ROLE_/],
      [{ roleName: 'ROLE_A-B' }, /roleName: must start with ROLE_/],
      [{ roleName: `ROLE_${'x'.repeat(124)}` }, /roleName: must have 6 to 128/],
      [{ roleName: 'ROLE_ADMIN' }, /roleName: must not be a system role/],
      [{ roleName: 'role_api' }, /roleName: must start with ROLE_/],
      [{ roleName: 'ROLE_Api' }, /roleName: must not be a system role/],
      [{ roleName: 'ROLE_ADMIN_CUSTOMER_ABC' }, /roleName: must not be a system role/],
      [{ servicePermissions: undefined }, /servicePermissions: is required/],
      [{ servicePermissions: [{ id: 'a b', resourcePermissions: [] }] }, /servicePermissions\[0\]/],
      [
        permissionOf('*', ['READ']),
        /servicePermissions\[0\]\.resourcePermissions\[0\]\.id: must be a resource/,
      ],
      [permissionOf('customer', ['WRITE']), /allowedPrivileges\[0\]: must be one of CREATE/],
      [permissionOf('customer', []), /allowedPrivileges: must have at least 1/],
      [permissionOf('customer', ['READ', 'READ']), /allowedPrivileges: must not have the same/],
    ];
    for (const [change, detail] of refused) {
      const json = { roleName: 'ROLE_FINE', servicePermissions, ...change };
      assertError(await api('POST', '/roles/permissions', { json }), 400, detail);
    }
  });

  it('400: a replacement keeps the name', async () => {
    const json = { roleName: 'ROLE_OTHER', servicePermissions };
    assertError(
      await api('PUT', '/roles/permissions/ROLE_x$&@_9', { json }),
      400,
      /roleName: must be the name/,
    );
  });

  it('409: refuses a name that differs in case alone, and to delete a role in use', async () => {
    const create = (roleName: string) =>
      api('POST', '/roles/permissions', { json: { roleName, servicePermissions: [] } });
    assert.equal((await create('ROLE_USED')).status, 201);
    assertError(await create('ROLE_used'), 409, /has a role of that name/);
    const client = await createClient(server, organization.customerId, organization.token, {
      clientPermissions: { roles: { ROLE_USED: [] } },
    });
    assertError(await api('DELETE', '/roles/permissions/ROLE_USED'), 409, /Clients hold this role/);
    await api('DELETE', `/clients/${client.clientId}`);
    assert.equal((await api('DELETE', '/roles/permissions/ROLE_USED')).status, 200);
  });
});

describe('GET /oauth/roles/permissions/{roleName}', () => {
  const get = (name: string) =>
    server.request('GET', `/oauth/roles/permissions/${name}`, { token: organization.token });

  it('200: answers what a system role permits', async () => {
    const { status, body } = await get('ROLE_ADMIN_USER');
    assert.equal(status, 200);
    assert.equal(body.roleName, 'ROLE_ADMIN_USER');
    const [auth] = body.servicePermissions;
    assert.deepEqual(auth.resourcePermissions[0], {
      id: 'Customer.Clients',
      allowedPrivileges: ['CREATE', 'READ', 'UPDATE', 'DELETE'],
    });
    const everything = (await get('ROLE_AUDITOR')).body.servicePermissions;
    assert.deepEqual(everything, [
      { id: '*', resourcePermissions: [{ id: '*', allowedPrivileges: ['READ'] }] },
    ]);
  });

  it('404: knows no other role, not even that of a customer', async () => {
    for (const name of ['ROLE_x$&@_9', 'role_admin', '__proto__', 'constructor']) {
      assertError(await get(encodeURIComponent(name)), 404, /role does not exist/);
    }
  });
});

function permissionOf(id: string, allowedPrivileges: readonly string[]): object {
  return { servicePermissions: [{ id: 'Auth', resourcePermissions: [{ id, allowedPrivileges }] }] };
}
