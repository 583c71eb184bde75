import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import {
  askToken,
  assertError,
  basePath,
  clientBody,
  createSetup,
  defaultSetup,
  type TestSetup,
  tokenWithRoles,
} from './support.js';

let server: TestServer;
let organization: TestOrganization;
let setup: TestSetup;
let admin: string;
let user: string;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  setup = await createSetup(server, organization);
  admin = await tokenWithRoles(server, organization, { 'nevisMeta.admin': [] });
  user = await tokenWithRoles(server, organization, { 'nevisMeta.user': [] });
});
after(() => server.close());

describe('the role nevisMeta.admin', () => {
  it('does everything on this surface', async () => {
    const own = await createSetup(server, { token: admin });
    const send = (method: string, path: string, json?: unknown) =>
      own.send(method, path, { token: admin, ...(json !== undefined && { json }) });
    const declared = await send('POST', '/resource-servers', { name: 'R', scopes: ['a'] });
    assert.equal(declared.status, 201);
    const client = await own.createClient({ scopes: ['a'] });
    assert.equal((await askToken(server, client)).status, 200);
    assert.equal((await send('PUT', `/clients/${client.id}`, clientBody({ name: 'New' }))).status, 200);
    assert.equal((await send('GET', `/clients/${client.id}/snapshots`)).status, 200);
    assert.equal((await send('DELETE', `/clients/${client.id}`)).status, 204);
    const path = `/resource-servers/${declared.body.resourceServerId}`;
    assert.equal((await send('DELETE', path)).status, 204);
    assert.equal((await send('PUT', '', { name: 'New' })).status, 200);
    assert.equal((await send('DELETE', '')).status, 204);
  });

  it('makes nothing that may do more than itself: its clients get no role and no scope of the server', async () => {
    const own = await createSetup(server, { token: admin });
    const client = await own.createClient({
      roles: { ROLE_ADMIN_CUSTOMER: [] },
      clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
      enabled: true,
    });
    const token = await server.token(client);
    assertError(await server.request('GET', basePath, { token }), 403, 'FORBIDDEN');
    const native = `/oauth/customers/${organization.customerId}/clients`;
    assert.equal((await server.request('GET', native, { token })).status, 403);
    const scopes = ['sp:scopes:all', 'sp:oauth-client:manage'];
    const declared = await own.send('POST', '/resource-servers', {
      token: admin,
      json: { name: 'R', scopes },
    });
    assertError(declared, 400, 'MALFORMED_PAYLOAD', /must not be a scope of this server itself/);
  });

  it('cannot take over a client that may do more than itself by giving it a secret', async () => {
    const fallback = await defaultSetup(server, organization);
    const { body } = await fallback.send('GET', `/clients/by-client-id/${organization.admin.clientId}`);
    const json = clientBody({ client_secret: 'now it is all mine' });
    const answer = await fallback.send('PUT', `/clients/${body.clientId}`, { token: admin, json });
    assertError(answer, 403, 'FORBIDDEN');
    assert.equal((await askToken(server, organization.admin)).status, 200);
    const stolen = { clientId: organization.admin.clientId, secret: 'now it is all mine' };
    assert.equal((await askToken(server, stolen)).status, 401);
  });

  it('loses everything with the role, at once', async () => {
    const { customerId } = organization;
    const client = await setup.createClient();
    const native = `/oauth/customers/${customerId}/clients/${client.clientId}`;
    const grant = (roles: Record<string, string[]>) =>
      server.request('PUT', native, {
        token: organization.token,
        json: {
          clientId: client.clientId,
          authorizedGrantTypes: ['client_credentials'],
          clientAuthenticationMethods: ['client_secret_basic'],
          clientPermissions: { roles },
        },
      });
    assert.equal((await grant({ 'nevisMeta.admin': [] })).status, 200);
    const token = await server.token(client);
    assert.equal((await server.request('GET', basePath, { token })).status, 200);
    assert.equal((await grant({})).status, 200);
    assertError(await server.request('GET', basePath, { token }), 401, 'UNAUTHORIZED');
  });
});

describe('the role nevisMeta.user', () => {
  it('reads everything and writes nothing', async () => {
    const client = await setup.createClient();
    const reads = [
      '',
      '/clients',
      `/clients/${client.id}`,
      '/clients/names',
      '/snapshots',
      '/resource-servers',
    ];
    for (const path of [
      ...reads,
      `/clients/by-client-id/${client.clientId}`,
      `/clients/${client.id}/snapshots`,
    ]) {
      assert.equal((await setup.send('GET', path, { token: user })).status, 200, path);
    }
    const [snapshot] = (await setup.send('GET', `/clients/${client.id}/snapshots`)).body.snapshotIds;
    const writes: [method: string, path: string][] = [
      ['POST', '/clients'],
      ['PUT', `/clients/${client.id}`],
      ['DELETE', `/clients/${client.id}`],
      ['DELETE', `/clients/${client.id}/snapshots/${snapshot}`],
      ['POST', '/resource-servers'],
      ['PUT', ''],
      ['DELETE', ''],
    ];
    for (const [method, path] of writes) {
      const answer = await setup.send(method, path, { token: user, json: clientBody() });
      assertError(answer, 403, 'FORBIDDEN');
    }
    const created = await server.request('POST', basePath, { token: user, json: { name: 'a' } });
    assertError(created, 403, 'FORBIDDEN');
  });
});

describe('a role that may delete setups and not clients', () => {
  it('deletes those that have none', async () => {
    const { customerId, token } = organization;
    const roles = await server.request('POST', `/oauth/customers/${customerId}/roles/permissions`, {
      token,
      json: {
        roleName: 'ROLE_SETUPS',
        servicePermissions: [
          {
            id: 'Auth',
            resourcePermissions: [{ id: 'customer.setups', allowedPrivileges: ['READ', 'DELETE'] }],
          },
        ],
      },
    });
    assert.ok(roles.status < 300, roles.text);
    const limited = await tokenWithRoles(server, organization, { ROLE_SETUPS: [] });
    const own = await createSetup(server, organization);
    const client = await own.createClient();
    assertError(await own.send('DELETE', '', { token: limited }), 403, 'FORBIDDEN');
    assert.equal((await askToken(server, client)).status, 200);
    await own.send('DELETE', `/clients/${client.id}`);
    assert.equal((await own.send('DELETE', '', { token: limited })).status, 204);
  });
});

describe('a client of this surface', () => {
  it('is disabled, changed and deleted by others, at once for its tokens', async () => {
    const { customerId, token } = organization;
    const client = await setup.createClient({ name: 'Shared', owner: 'kept' });
    const own = await server.token(client);
    const native = `/oauth/customers/${customerId}/clients/${client.clientId}`;
    const replaced = await server.request('PUT', native, {
      token,
      json: {
        clientId: client.clientId,
        clientName: 'Renamed',
        authorizedGrantTypes: ['client_credentials'],
        clientAuthenticationMethods: ['client_secret_basic'],
        enabled: false,
      },
    });
    assert.equal(replaced.status, 200, replaced.text);
    assert.equal((await askToken(server, client)).status, 401);
    assert.equal((await server.request('GET', basePath, { token: own })).status, 401);
    const { body } = await setup.send('GET', `/clients/${client.id}`);
    assert.deepEqual([body.name, body.owner], ['Renamed', 'kept']);
    assert.equal((await setup.send('PUT', `/clients/${client.id}`, { json: clientBody() })).status, 200);
    assert.equal((await askToken(server, client)).status, 401, 'a replacement here enables nothing');
  });
});

describe('a secret of this surface', () => {
  it('is stored as a hash only, and stands in no audit event', async () => {
    const client = await setup.createClient();
    const chosen = 'correct horse battery';
    await setup.createClient({ client_id: 'horse', client_secret: chosen });
    for (const table of ['credential', 'snapshot', 'client', 'audit_event']) {
      const rows = await server.database.query(`select t::text as row from ${table} t`);
      assert.ok(rows.length > 0, table);
      for (const { row } of rows) {
        assert.ok(!row.includes(client.secret) && !row.includes(chosen), `${table}: ${row}`);
      }
    }
  });
});
