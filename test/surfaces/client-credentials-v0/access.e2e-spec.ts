import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { callerWith, createRole, nativeApi } from '../../customers/support/native-api.js';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { callerWithScopes, type Surface, surfaceAt } from '../../support/surfaces.js';

const write = 'client-credentials:write';
const read = 'client-credentials:read';

let server: TestServer;
let organization: TestOrganization;
let v0: Surface;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  v0 = surfaceAt(server, '/api/v0', organization);
});
after(() => server.close());

/** What a token may do here: create, list, delete. */
async function statuses(token: string): Promise<number[]> {
  const { clientId } = (await v0('POST', '/client-credentials', { json: {} })).body;
  return [
    (await v0('POST', '/client-credentials', { token, json: {} })).status,
    (await v0('GET', '/client-credentials', { token })).status,
    (await v0('DELETE', `/client-credentials/${clientId}`, { token })).status,
  ];
}

const withScopes = async (...scopes: string[]) =>
  (await callerWithScopes(server, organization, scopes)).token;

describe('who may use /api/v0/client-credentials', () => {
  it('with the write scope: create and delete', async () => {
    assert.deepEqual(await statuses(await withScopes(write)), [200, 403, 204]);
  });

  it('with the read scope: list', async () => {
    assert.deepEqual(await statuses(await withScopes(read)), [403, 200, 403]);
  });

  it('with both, and with none', async () => {
    assert.deepEqual(await statuses(await withScopes(read, write)), [200, 200, 204]);
    assert.deepEqual(await statuses(await withScopes('read')), [403, 403, 403]);
  });

  it('as an administrator, and as an auditor only to look', async () => {
    assert.deepEqual(await statuses(organization.token), [200, 200, 204]);
    const auditor = await callerWith(server, organization, { ROLE_AUDITOR: [] });
    assert.deepEqual(await statuses(auditor.token), [403, 200, 403]);
  });

  it('with a role: deleting a client takes more than deleting a credential', async () => {
    const native = nativeApi(server, organization);
    const ofCredentials = await createRole(native, {
      'customer.clients.credentials': ['CREATE', 'READ', 'UPDATE', 'DELETE'],
    });
    const ofClients = await createRole(native, { 'customer.clients': ['DELETE'] });
    const caller = await callerWith(server, organization, { [ofCredentials]: [] });
    assert.deepEqual(await statuses(caller.token), [200, 200, 403]);
    const other = await callerWith(server, organization, { [ofClients]: [] });
    assert.deepEqual(await statuses(other.token), [403, 403, 204]);
  });

  it('only as far as the owner of the client may', async () => {
    const role = await createRole(nativeApi(server, organization), {
      'customer.clients': ['CREATE', 'READ'],
    });
    const owner = await callerWith(server, organization, { [role]: [] });
    const owned = await createClient(server, organization.customerId, owner.token, {
      scope: [read, write],
      defaultRolesAssignmentEnabled: false,
    });
    assert.deepEqual(await statuses(await server.token(owned)), [200, 200, 403]);
  });

  it('not with the scopes of other surfaces', async () => {
    assert.deepEqual(await statuses(await withScopes('credentials:clientauth:read')), [403, 200, 403]);
    const asWriterElsewhere = await withScopes('credentials:clientauth:write');
    assert.deepEqual(await statuses(asWriterElsewhere), [200, 403, 403]);
  });
});

describe('what a caller can make of its rights', () => {
  it('is no client that may do more than nothing on any surface', async () => {
    const token = await withScopes(write);
    const { body } = await v0('POST', '/client-credentials', { token, json: {} });
    const made = await server.token(body);
    assert.deepEqual(await statuses(made), [403, 403, 403]);
    const below = `/oauth/customers/${organization.customerId}`;
    for (const path of [below, `${below}/clients`, '/platform/clientauth/credentials']) {
      assert.equal((await server.request('GET', path, { token: made })).status, 403, path);
    }
  });
});

describe('the organization', () => {
  it('is the caller’s own: two organizations see nothing of each other', async () => {
    const stranger = await createOrganization(server);
    const there = surfaceAt(server, '/api/v0', stranger);
    const { body } = await there('POST', '/client-credentials', { json: { name: 'of the stranger' } });
    assert.ok(!(await v0('GET', '/client-credentials')).text.includes(body.clientId));
    assert.equal((await v0('DELETE', `/client-credentials/${body.clientId}`)).status, 404);
    await server.token(body);
    assert.deepEqual(
      (await there('GET', '/client-credentials')).body.map((one: { clientId: string }) => one.clientId),
      [body.clientId, stranger.admin.clientId],
    );
  });
});
