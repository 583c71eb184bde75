import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  assertError,
  callerWith,
  createRole,
  type NativeApi,
  nativeApi,
} from '../customers/support/native-api.js';
import {
  clientBody,
  createClient,
  createOrganization,
  type TestOrganization,
  uniqueName,
} from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { patch } from '../surfaces/oauth-clients/support.js';
import { createSetup } from '../surfaces/setup-clients/support.js';

/*
 * Ways to end with more than one had, each tried by name: by roles, and by clients that were held back. Those by names and
 * scopes stand in escalation-by-names; test/security/privilege-closure tries what nobody thought of.
 */

const secrets = ['Customer.Clients.Credentials'];
const crud = ['CREATE', 'READ', 'UPDATE', 'DELETE'];
let server: TestServer;
let organization: TestOrganization;
let api: NativeApi;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  api = nativeApi(server, organization);
});
after(() => server.close());

const caller = (roles: Record<string, string[]>) => callerWith(server, organization, roles);
/** What a manager of clients may give no secret of: he has no tenants. */
const mighty = { ROLE_ADMIN_TENANT: ['tenant1', 'tenant2'] };
const mightyClient = (fields: Record<string, unknown> = {}) =>
  createClient(server, organization.customerId, organization.token, {
    clientPermissions: { roles: mighty },
    ...fields,
  });
const replace = (token: string, { clientId }: TestClient, fields: Record<string, unknown>) =>
  api('PUT', `/clients/${clientId}`, {
    token,
    json: clientBody({ clientId, clientPermissions: { roles: mighty }, ...fields }),
  });
const credentialOf = async ({ clientId }: TestClient, index = 0) =>
  (await api('GET', `/clients/${clientId}/credentials`)).body[index].credentialId as string;

describe('a role that permits nothing here, but means something elsewhere', () => {
  let marker: string;
  before(async () => {
    marker = await createRole(api, {});
    await caller({ [marker]: ['tenant2'] });
  });
  const grant = (token: string, roles: object) =>
    api('POST', '/clients', { token, json: clientBody({ clientPermissions: { roles } }) });

  it('403: is given by nobody who does not hold it', async () => {
    const { token } = await caller({ ROLE_ADMIN_USER: ['tenant1'] });
    for (const tenants of [[], ['tenant1'], ['tenant2']])
      assertError(await grant(token, { [marker]: tenants }), 403, /beyond/);
  });

  it('403: is given for no other tenants than those for which the giver holds it', async () => {
    const { token } = await caller({ ROLE_ADMIN_USER: ['tenant2'], [marker]: ['tenant1'] });
    assertError(await grant(token, { [marker]: ['tenant1', 'tenant2'] }), 403, /beyond/);
    assert.equal((await grant(token, { [marker]: ['tenant1'] })).status, 200);
    assert.equal((await grant(organization.token, { [marker]: ['tenant2'] })).status, 200);
  });

  it('403: does not become one that the caller may give by filling it with what he may', async () => {
    const { token } = await caller({ ROLE_ADMIN_USER: ['tenant1', 'tenant2'] });
    const resourcePermissions = [{ id: 'Customer.Clients', allowedPrivileges: ['READ'] }];
    const json = { servicePermissions: [{ id: 'Auth', resourcePermissions }] };
    assertError(await api('PUT', `/roles/permissions/${marker}`, { token, json }), 403, /beyond/);
  });

  it('200: is filled by whoever manages roles while nobody holds it', async () => {
    const { token } = await caller({ ROLE_ADMIN_USER: [] });
    const roleName = uniqueName('ROLE_FRESH');
    const created = await api('POST', '/roles/permissions', {
      token,
      json: { roleName, servicePermissions: [] },
    });
    assert.equal(created.status, 201, created.text);
    const resourcePermissions = [{ id: 'Customer.Clients', allowedPrivileges: ['READ'] }];
    const json = { servicePermissions: [{ id: 'Auth', resourcePermissions }] };
    assert.equal((await api('PUT', `/roles/permissions/${roleName}`, { token, json })).status, 200);
  });
});

describe('a client of more rights that was held back', () => {
  const ways: [what: string, held: object, freed: object][] = [
    ['disabled', { enabled: false }, { enabled: true }],
    [
      'without the grant type that gives tokens',
      { authorizedGrantTypes: ['authorization_code'], redirectUri: ['https://client.example'] },
      { authorizedGrantTypes: ['authorization_code', 'client_credentials'] },
    ],
    ['for another audience', { resourceIds: ['https://api.example'] }, { resourceIds: [] }],
    [
      'for one network',
      { allowedNetworks: { mode: 'enforce', networks: ['192.0.2.0/24'] } },
      { allowedNetworks: { mode: 'enforce', networks: ['192.0.2.0/24', '0.0.0.0/0'] } },
    ],
    [
      'for one network, with the list only to report',
      { allowedNetworks: { mode: 'enforce', networks: ['192.0.2.0/24'] } },
      { allowedNetworks: { mode: 'shadow', networks: ['192.0.2.0/24'] } },
    ],
  ];
  for (const [what, held, freed] of ways) {
    it(`403: (${what}) is let loose by nobody who has less`, async () => {
      const { token } = await caller({ ROLE_ADMIN_USER: [] });
      const client = await mightyClient(held as Record<string, unknown>);
      assertError(await replace(token, client, { ...held, ...freed }), 403, /beyond/);
      assert.equal((await replace(token, client, { ...held, clientName: 'renamed' })).status, 200);
      assert.equal((await replace(organization.token, client, { ...held, ...freed })).status, 200);
    });
  }

  it('403: is enabled by no JSON Patch of somebody who has less', async () => {
    const { token } = await caller({ ROLE_ADMIN_USER: [] });
    const { clientId } = await mightyClient({ enabled: false });
    const operations = [{ op: 'replace', path: '/enabled', value: true }];
    assert.equal((await patch(server, token, clientId, operations)).status, 403);
    assert.equal((await patch(server, organization.token, clientId, operations)).status, 200);
  });

  it('403: is enabled by nobody who lacks a scope of it', async () => {
    const { token } = await caller({ ROLE_ADMIN_USER: [] });
    const fields = { scope: ['sp:scopes:all'], clientPermissions: { roles: {} } };
    const client = await mightyClient({ ...fields, enabled: false });
    assertError(await replace(token, client, { ...fields, enabled: true }), 403, /scopes/);
  });

  const held = { roles: { clientPermissions: { roles: mighty } }, scopes: { scope: ['sp:scopes:all'] } };
  for (const [what, rights] of Object.entries(held)) {
    it(`403: gets its grant type by no defaults of its setup that somebody without its ${what} sets`, async () => {
      const setup = await createSetup(server, organization);
      const { id, clientId } = await setup.createClient({
        grant_types: undefined,
        redirect_uris: ['https://client.example'],
      });
      const json = clientBody({
        clientId,
        authorizedGrantTypes: ['authorization_code'],
        redirectUri: ['https://client.example'],
        ...rights,
      });
      assert.equal((await api('PUT', `/clients/${clientId}`, { json })).status, 200, id);
      const { token } = await caller({ 'nevisMeta.admin': [] });
      const defaults = { client_defaults: { grant_types: ['authorization_code', 'client_credentials'] } };
      const refused = await setup.send('PUT', '', { token, json: { name: 'Wider', ...defaults } });
      assert.equal(refused.status, 403, refused.text);
      const planned = { ...defaults, valid_from: new Date(Date.now() + 60_000).toISOString() };
      const later = await setup.send('PUT', '', { token, json: { name: 'Wider', ...planned } });
      assert.equal(later.status, 403, later.text);
      const renamed = await setup.send('PUT', '', { token, json: { name: 'The same' } });
      assert.equal(renamed.status, 200, renamed.text);
      assert.equal((await setup.send('PUT', '', { json: { name: 'Wider', ...defaults } })).status, 200);
    });
  }
});

describe('a secret of a client of more rights', () => {
  let lesser: string;
  before(async () => {
    const role = await createRole(api, { [secrets[0] as string]: crud });
    lesser = (await caller({ [role]: [] })).token;
  });
  const change = async (client: TestClient, path: string, method: string, json?: object) =>
    api(method, `/clients/${client.clientId}/credentials/${await credentialOf(client)}${path}`, {
      token: lesser,
      ...(json && { json }),
    });

  it('403: goes on living by nobody who has less', async () => {
    const client = await mightyClient();
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    assert.equal((await change(client, '', 'PATCH', { expiresAt })).status, 200, 'sooner is no gain');
    const later = new Date(Date.now() + 172_800_000).toISOString();
    assertError(await change(client, '', 'PATCH', { expiresAt: later }), 403, /beyond/);
    assertError(await change(client, '', 'PATCH', { expiresAt: null }), 403, /beyond/);
    assert.equal((await change(client, '', 'PATCH', { name: 'renamed' })).status, 200);
  });

  it('403: is replaced by nobody who has less, though he may update clients for all tenants', async () => {
    const roles = { clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } } };
    const client = await mightyClient(roles);
    const { token } = await caller({ ROLE_ADMIN_USER: ['tenant1', 'tenant2'] });
    const fields = { ...roles, clientSecret: uniqueName('a-secret-of-theirs') };
    assertError(await replace(token, client, fields), 403, /beyond/);
  });

  it('403: is used from no more places by somebody who has less', async () => {
    const client = await mightyClient();
    const allowedNetworks = { mode: 'enforce', networks: ['192.0.2.0/24'] };
    assert.equal((await change(client, '', 'PATCH', { allowedNetworks })).status, 200);
    assertError(await change(client, '', 'PATCH', { allowedNetworks: null }), 403, /beyond/);
  });

  it('403: comes back by no rotation that somebody with less cancels, undoes, or makes', async () => {
    const client = await mightyClient();
    const credentialId = await credentialOf(client);
    const path = `/clients/${client.clientId}/credentials/${credentialId}`;
    assert.equal((await api('POST', `${path}/rotate`, { json: {} })).status, 201);
    for (const step of ['/rotation/cancel', '/rotate'])
      assertError(await api('POST', path + step, { token: lesser }), 403, /beyond/);
    assert.equal((await api('POST', `${path}/rotation/complete`)).status, 200);
    assertError(await api('POST', `${path}/rotation/undo`, { token: lesser }), 403, /beyond/);
  });

  it('403: is registered by no machine with a code of somebody who has less', async () => {
    const { clientId } = await mightyClient();
    const answer = await api('POST', `/clients/${clientId}/enrolments`, { token: lesser, json: {} });
    assertError(answer, 403, /beyond/);
  });
});
