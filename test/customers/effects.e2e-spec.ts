import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clientBody, createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { askForToken, isActive, nativeApi } from './support/native-api.js';

/*
 * What ends a client ends its tokens at once: for issuing, for introspection and for our own admin API, on the
 * instance that made the change and, a moment later, on every other one.
 */

const visibleElsewhereWithinMs = 1000;

let server: TestServer;
let other: TestServer;
let operatorToken: string;

before(async () => {
  server = await startServer();
  other = await startServer({ sharing: server });
  operatorToken = await server.operatorToken();
});
after(async () => {
  await other.close();
  await server.close();
});

interface Victim {
  readonly organization: TestOrganization;
  readonly client: TestClient;
  readonly credentialId: string;
  readonly token: string;
  /** A client that is not concerned, to introspect by. */
  readonly witness: TestClient;
}

/** An administrator, for then its token opens the admin API. */
async function newVictim(): Promise<Victim> {
  const organization = await createOrganization(server);
  const { customerId } = organization;
  const roles = { clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [], ROLE_USER: ['tenant1'] } } };
  const client = await createClient(server, customerId, organization.token, roles);
  const credentials = await nativeApi(server, organization)('GET', `/clients/${client.clientId}/credentials`);
  const token = await server.token(client);
  const { credentialId } = credentials.body[0];
  return { organization, client, credentialId, token, witness: organization.admin };
}

const adminApi = ({ organization, token }: Victim, at: TestServer) =>
  at.request('GET', `/oauth/customers/${organization.customerId}`, { token });

type Act = (victim: Victim) => Promise<Answer>;
const acts: [what: string, act: Act, mayGetNewTokens: boolean][] = [
  [
    'revoking its tokens',
    ({ organization, client }) =>
      nativeApi(server, organization)('PUT', `/clients/${client.clientId}/revoketokens`),
    true,
  ],
  [
    'revoking its credential',
    ({ organization, client, credentialId }) =>
      nativeApi(server, organization)(
        'POST',
        `/clients/${client.clientId}/credentials/${credentialId}/revoke`,
      ),
    false,
  ],
  [
    'disabling it',
    ({ organization, client: { clientId } }) =>
      nativeApi(server, organization)('PUT', `/clients/${clientId}`, {
        json: clientBody({
          clientId,
          enabled: false,
          clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [], ROLE_USER: ['tenant1'] } },
        }),
      }),
    false,
  ],
  [
    'deleting it',
    ({ organization, client }) => nativeApi(server, organization)('DELETE', `/clients/${client.clientId}`),
    false,
  ],
  [
    'deleting a tenant of its grants',
    ({ organization }) => nativeApi(server, organization)('DELETE', '/tenants/tenant1'),
    true,
  ],
  [
    'suspending its customer',
    ({ organization }) =>
      nativeApi(server, organization)('PUT', '', { token: operatorToken, json: { enabled: false } }),
    false,
  ],
  [
    'deleting its customer',
    ({ organization }) => nativeApi(server, organization)('DELETE', '', { token: operatorToken }),
    false,
  ],
];

for (const [what, act, mayGetNewTokens] of acts) {
  describe(what, () => {
    let victim: Victim;
    before(async () => {
      victim = await newVictim();
      // Both instances have the client in memory.
      for (const each of [server, other]) {
        assert.equal((await adminApi(victim, each)).status, 200);
        assert.equal(await isActive(each, victim.witness, victim.token), true);
      }
      const answer = await act(victim);
      assert.equal(answer.status, 200, answer.text);
    });

    it('is in force on the admin API with the next request', async () => {
      assert.equal((await adminApi(victim, server)).status, 401);
    });

    it(`${mayGetNewTokens ? 'leaves' : 'ends'} the issuing of tokens`, async () => {
      const { status, body } = await askForToken(server, victim.client);
      if (mayGetNewTokens) assert.equal(status, 200);
      else assert.deepEqual([status, body.error], [401, 'invalid_client']);
    });

    it('is in force for introspection', async () => {
      const answer = await server.request('POST', '/oauth/introspect', {
        basic: [victim.witness.clientId, victim.witness.secret],
        form: { token: victim.token },
      });
      if (answer.status === 200) assert.deepEqual(answer.body, { active: false });
      else assert.equal(answer.status, 401, 'its whole customer is out of force');
    });

    it('is in force on the other instance within a second', async () => {
      const end = Date.now() + visibleElsewhereWithinMs;
      while (Date.now() < end && (await adminApi(victim, other)).status !== 401) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.equal((await adminApi(victim, other)).status, 401);
      const { status } = await askForToken(other, victim.client);
      assert.equal(status, mayGetNewTokens ? 200 : 401);
    });
  });
}

describe('changing what a role permits', () => {
  it('is in force for tokens that are out already', async () => {
    const organization = await createOrganization(server);
    const api = nativeApi(server, organization);
    const servicePermissions = [
      { id: 'auth', resourcePermissions: [{ id: 'CUSTOMER.clients', allowedPrivileges: ['READ'] }] },
    ];
    await api('POST', '/roles/permissions', { json: { roleName: 'ROLE_READER', servicePermissions } });
    const reader = await createClient(server, organization.customerId, organization.token, {
      clientPermissions: { roles: { ROLE_READER: [] } },
    });
    const token = await server.token(reader);
    assert.equal((await api('GET', '/clients', { token })).status, 200);
    await api('PUT', '/roles/permissions/ROLE_READER', { json: { servicePermissions: [] } });
    assert.equal((await api('GET', '/clients', { token })).status, 403);
  });
});
