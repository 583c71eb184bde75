import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

describe('a live token means a client, a credential and an organization in force', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let witness: TestClient;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    witness = await createClient(server, organization.customerId, organization.token);
  });
  after(() => server.close());

  const clientBody = (clientId: string, overrides: Record<string, unknown>) => ({
    clientId,
    authorizedGrantTypes: ['client_credentials'],
    clientAuthenticationMethods: ['client_secret_basic', 'client_secret_post'],
    clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
    ...overrides,
  });
  /** A client whose token works everywhere, so that a test can see it stop. */
  const newAdmin = () =>
    createClient(server, organization.customerId, organization.token, {
      clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
    });

  /** Every place where a token counts: introspection by another client, and the admin API. */
  const isAlive = async (token: string, by: TestClient, customerId: string): Promise<boolean[]> => {
    const introspected = await server.request('POST', '/oauth/introspect', {
      basic: [by.clientId, by.secret],
      form: { token },
    });
    const used = await server.request('GET', `/oauth/customers/${customerId}`, { token });
    return [introspected.body.active ?? false, used.status === 200];
  };
  const mayGetToken = async ({ clientId, secret }: TestClient) =>
    (
      await server.request('POST', '/oauth/token', {
        basic: [clientId, secret],
        form: { grant_type: 'client_credentials' },
      })
    ).status === 200;
  const change = async (method: string, path: string, json?: unknown) => {
    const answer = await server.request(method, `/oauth/customers/${organization.customerId}${path}`, {
      token: organization.token,
      ...(json !== undefined && { json }),
    });
    assert.ok(answer.status < 300, answer.text);
    return answer.body;
  };

  /** What ends a token, and whether the client gets a new one afterwards. */
  const ends: Record<string, { act: (client: TestClient) => Promise<unknown>; getsAnother: boolean }> = {
    'the client is disabled': {
      act: ({ clientId }) => change('PUT', `/clients/${clientId}`, clientBody(clientId, { enabled: false })),
      getsAnother: false,
    },
    'the client is deleted': {
      act: ({ clientId }) => change('DELETE', `/clients/${clientId}`),
      getsAnother: false,
    },
    'all tokens of the client are revoked': {
      act: ({ clientId }) => change('PUT', `/clients/${clientId}/revoketokens`),
      getsAnother: true,
    },
    'the roles of the client change': {
      act: ({ clientId }) =>
        change('PUT', `/clients/${clientId}`, clientBody(clientId, { clientPermissions: { roles: {} } })),
      getsAnother: true,
    },
    'the secret of the client changes': {
      act: ({ clientId }) =>
        change('PUT', `/clients/${clientId}`, clientBody(clientId, { clientSecret: 'another-secret-12' })),
      getsAnother: false,
    },
    'its credential is revoked': {
      act: async ({ clientId }) => {
        const [{ credentialId }] = await change('GET', `/clients/${clientId}/credentials`);
        return change('POST', `/clients/${clientId}/credentials/${credentialId}/revoke`);
      },
      getsAnother: false,
    },
  };
  for (const [event, { act, getsAnother }] of Object.entries(ends)) {
    it(`ends at once when ${event} (P-112)`, async () => {
      const client = await newAdmin();
      const token = await server.token(client);
      assert.deepEqual(await isAlive(token, witness, organization.customerId), [true, true]);
      await act(client);
      assert.deepEqual(await isAlive(token, witness, organization.customerId), [false, false]);
      assert.equal(await mayGetToken(client), getsAnother);
    });
  }

  it('lives on when another credential of the client is revoked (P-112)', async () => {
    const client = await newAdmin();
    const second = await change('POST', `/clients/${client.clientId}/credentials`, {});
    const token = await server.token({ clientId: client.clientId, secret: second.clientSecret });
    const [{ credentialId }] = await change('GET', `/clients/${client.clientId}/credentials`);
    assert.notEqual(credentialId, second.credentialId);
    await change('POST', `/clients/${client.clientId}/credentials/${credentialId}/revoke`);
    assert.deepEqual(await isAlive(token, witness, organization.customerId), [true, true]);
  });

  it('ends at once when the organization is suspended, whose clients prove nothing until it is back (P-112)', async () => {
    const own = await createOrganization(server);
    const reader = await createClient(server, own.customerId, own.token);
    const suspend = async (enabled: boolean) => {
      const answer = await server.request('PUT', `/oauth/customers/${own.customerId}`, {
        token: await server.operatorToken(),
        json: { id: own.customerId, name: own.customerId, enabled },
      });
      assert.equal(answer.status, 200, answer.text);
    };
    assert.deepEqual(await isAlive(own.token, reader, own.customerId), [true, true]);
    await suspend(false);
    assert.equal(await mayGetToken(reader), false);
    const used = await server.request('GET', `/oauth/customers/${own.customerId}`, { token: own.token });
    assert.equal(used.status, 401);
    const byItself = await server.request('POST', '/oauth/introspect', {
      basic: [reader.clientId, reader.secret],
      form: { token: own.token },
    });
    assert.equal(byItself.status, 401);
    await suspend(true);
    assert.equal(await mayGetToken(reader), true);
  });
});
