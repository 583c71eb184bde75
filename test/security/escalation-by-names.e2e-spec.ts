import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  assertError,
  callerWith,
  createRole,
  type NativeApi,
  nativeApi,
} from '../customers/support/native-api.js';
import { clientBody, createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { patch } from '../surfaces/oauth-clients/support.js';
import { createSetup, registrationPath } from '../surfaces/setup-clients/support.js';

/*
 * Ways to end with more than one had, by names like those of others and by scopes; see escalation.
 */

const crud = ['CREATE', 'READ', 'UPDATE', 'DELETE'];
const authorityScopes = [
  'sp:scopes:all',
  'sp:oauth-client:manage',
  'sp:oauth-client:read',
  'credentials:clientauth:write',
  'client-credentials:write',
];

let server: TestServer;
let organization: TestOrganization;
let other: TestOrganization;
let api: NativeApi;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  other = await createOrganization(server);
  api = nativeApi(server, organization);
});
after(() => server.close());

const caller = (roles: Record<string, string[]>) => callerWith(server, organization, roles);
const grantsIn = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).roles;

describe('a token that carries the roles of the owner', () => {
  const clientOf = async (owner: TestClient) => {
    const created = await server.request('POST', '/oauth-clients', {
      token: await server.token(owner),
      json: {
        name: 'n',
        description: 'd',
        accessTokenValiditySeconds: 600,
        grantTypes: ['CLIENT_CREDENTIALS'],
        accessType: 'ONLINE',
        enabled: true,
      },
    });
    assert.equal(created.status, 200, created.text);
    return { clientId: created.body.id, secret: created.body.secret };
  };

  it('does not carry those for other organizations, which an administrator of this one could else take', async () => {
    const abroad = `ROLE_ADMIN_CUSTOMER_${other.customerId}`;
    const owner = await createClient(server, organization.customerId, await server.operatorToken(), {
      clientPermissions: { roles: { [abroad]: [], ROLE_ADMIN_USER: [] } },
      scope: ['sp:scopes:all'],
    });
    const owned = await clientOf(owner);
    const token = await server.token(owned);
    assert.deepEqual(grantsIn(token), { ROLE_ADMIN_USER: [], ROLE_API: [] });
    const there = `/oauth/customers/${other.customerId}`;
    assert.equal((await server.request('GET', there, { token: await server.token(owner) })).status, 200);
    assert.equal((await server.request('GET', there, { token })).status, 404);
  });

  it('does not carry that of the operator', async () => {
    const owned = await clientOf(server.operator);
    assert.deepEqual(Object.keys(grantsIn(await server.token(owned))).includes('ROLE_ADMIN'), false);
  });
});

describe('a name like that of a system role', () => {
  const names = () => [
    'ROLE_ADMIN',
    'role_admin',
    'Role_Admin_Customer',
    'ROLE_ADMIN ',
    ' ROLE_ADMIN',
    'ROLE_ADMIN\t',
    'ROLE_ADMIN\u0000',
    'ROLE_ADMIN\u200b',
    'ROLE_\u0410DMIN',
    'ROLE_ADM\u0130N',
    'ROLE_ADM\u0131N',
    'ROLE_U\u017fER',
    '\uff32OLE_ADMIN',
    'ROLE_ADMIN\u0301',
    'ROLE_ADMIN_CUSTOMER_',
    'role_admin_customer_',
    `ROLE_ADMIN_CUSTOMER_${organization.customerId}`,
    `ROLE_ADMIN_CUSTOMER_${other.customerId}`,
    `Role_Admin_Customer_${other.customerId}`,
    `ROLE_ADMIN_CUSTOMER_${other.customerId} `,
    'nevisMeta.admin',
    'NEVISMETA.ADMIN',
    '__proto__',
    'constructor',
    'ROLE_',
    '',
  ];

  it('400: is no name for a role of a customer', async () => {
    for (const roleName of names()) {
      const json = { roleName, servicePermissions: [] };
      assertError(await api('POST', '/roles/permissions', { json }), 400, /roleName/);
    }
    assert.ok(
      ((await api('GET', '/roles/permissions')).body as { roleName: string }[]).every(({ roleName }) =>
        /^ROLE_(TEST|FRESH)/.test(roleName),
      ),
    );
  });

  it('400, 403: is granted by no administrator, however it is written', async () => {
    const own = new Set(['nevisMeta.admin', `ROLE_ADMIN_CUSTOMER_${organization.customerId}`]);
    for (const name of names().filter((name) => !own.has(name))) {
      const body = JSON.stringify(clientBody({ clientPermissions: { roles: { placeholder: [] } } }));
      const answer = await api('POST', '/clients', {
        body: body.replace('"placeholder"', JSON.stringify(name)),
        headers: { 'content-type': 'application/json' },
      });
      assert.ok([400, 403].includes(answer.status), `${JSON.stringify(name)}: ${answer.text}`);
    }
  });

  it('404: a system role is replaced and deleted by nobody', async () => {
    for (const name of ['ROLE_ADMIN', 'role_api', 'ROLE_ADMIN_CUSTOMER', 'nevisMeta.admin']) {
      const path = `/roles/permissions/${name}`;
      const json = { servicePermissions: [] };
      assert.equal((await api('PUT', path, { json })).status, 404, name);
      assert.equal((await api('DELETE', path)).status, 404, name);
    }
  });
});

describe('a scope that entitles here', () => {
  let self: TestClient & { token: string };
  before(async () => {
    const role = await createRole(api, { 'Customer.Clients': ['UPDATE'], 'Customer.Setups': crud });
    self = await caller({ [role]: [] });
  });
  const refused = (answer: Answer, statuses: number[]) =>
    assert.ok(statuses.includes(answer.status), answer.text);

  for (const scope of authorityScopes) {
    it(`400, 403: ${scope} comes to a client by no update, patch, setup or resource server of one who has less`, async () => {
      const roles = { clientPermissions: { roles: grantsIn(self.token) } };
      const wider = clientBody({ clientId: self.clientId, scope: [scope], ...roles });
      const path = `/clients/${self.clientId}`;
      refused(await api('PUT', path, { token: self.token, json: wider }), [403]);
      for (const op of ['add', 'replace']) {
        const operations = [{ op, path: '/scope', value: [scope] }];
        refused(await patch(server, self.token, self.clientId, operations), [400]);
      }
      const setup = await createSetup(server, organization);
      const { id } = await setup.createClient({ scopes: [] });
      const json = { name: 'n', confidentiality_type: 'confidential', grant_types: ['client_credentials'] };
      const { token } = self;
      refused(
        await setup.send('PUT', `/clients/${id}`, { token, json: { ...json, scopes: [scope] } }),
        [400],
      );
      const declared = { name: 'An API', scopes: [{ name: scope }] };
      refused(await setup.send('POST', '/resource-servers', { token, json: declared }), [400]);
    });

    it(`400: ${scope} comes to a client by no registration below a setup, be it of an administrator`, async () => {
      const setup = await createSetup(server, organization);
      const { token } = organization;
      const json = { client_name: 'n', grant_types: ['client_credentials'], response_types: [], scope };
      const path = `${registrationPath}/${setup.setupId}/clients`;
      const answer = await server.request('POST', path, { token, json });
      refused(answer, [400]);
      assert.match(answer.body.error_description, /scope\[0\]/);
    });
  }

  it('comes by no surface that makes credentials alone', async () => {
    const { token } = organization;
    const more = { scope: ['sp:scopes:all'], scopes: ['sp:scopes:all'], roles: { ROLE_ADMIN_CUSTOMER: [] } };
    const platform = await server.request('POST', '/platform/clientauth/credentials', {
      token,
      json: { name: 'n', ...more },
    });
    const v0 = await server.request('POST', '/api/v0/client-credentials', {
      token,
      json: { name: 'n', ...more },
    });
    const clients = [
      { clientId: platform.body.credential.client_id, secret: platform.body.client_secret },
      { clientId: v0.body.clientId, secret: v0.body.secret },
    ];
    for (const client of clients) {
      const issued = await server.request('POST', '/oauth/token', {
        form: { grant_type: 'client_credentials', client_id: client.clientId, client_secret: client.secret },
      });
      assert.equal(issued.status, 200, issued.text);
      assert.equal(issued.body.scope, undefined);
      assert.deepEqual(grantsIn(issued.body.access_token), {});
    }
  });
});
