import assert from 'node:assert/strict';
import { clientBody, type TestOrganization, uniqueName } from '../../support/fixtures.js';
import type { Answer, RequestOptions } from '../../support/http-client.js';
import type { TestClient, TestServer } from '../../support/server.js';

/** What every surface can do with a client, each in its own words. */
export interface SurfaceDriver {
  readonly name: string;
  /** Makes a client that can get tokens for itself. */
  create(): Promise<TestClient & { readonly method: 'basic' | 'post' }>;
  /** Whether the surface shows the client as one that works. */
  shows(clientId: string): Promise<boolean>;
  /** Ends the client, or the credential where the surface knows no clients. */
  revoke(clientId: string): Promise<void>;
}

type Send = (method: string, path: string, options?: RequestOptions) => Promise<Answer>;

/** Drivers of all five surfaces, as the administrator of the organization. */
export function surfaceDrivers(
  server: Pick<TestServer, 'request'>,
  organization: TestOrganization,
): SurfaceDriver[] {
  const sendAs: Send = (method, path, options) =>
    server.request(method, path, { token: organization.token, ...options });
  return [
    customers(sendAs, organization.customerId),
    oauthClients(sendAs),
    setupClients(sendAs),
    platformClientauth(sendAs),
    clientCredentialsV0(sendAs),
  ];
}

function customers(send: Send, customerId: string): SurfaceDriver {
  const base = `/oauth/customers/${customerId}/clients`;
  return {
    name: 'customers',
    async create() {
      const body = clientBody();
      const [created] = (await expect(200, send('POST', base, { json: [body] }))).body;
      return { clientId: created.clientId, secret: created.clientSecret, method: 'basic' };
    },
    shows: async (clientId) => (await send('GET', `${base}/${clientId}`)).status === 200,
    async revoke(clientId) {
      await expect(200, send('DELETE', `${base}/${clientId}`));
    },
  };
}

function oauthClients(send: Send): SurfaceDriver {
  return {
    name: 'oauth-clients',
    async create() {
      const json = {
        name: uniqueName('client'),
        description: 'A machine',
        accessTokenValiditySeconds: 600,
        grantTypes: ['CLIENT_CREDENTIALS'],
        accessType: 'OFFLINE',
        enabled: true,
      };
      const { id, secret } = (await expect(200, send('POST', '/oauth-clients', { json }))).body;
      return { clientId: id, secret, method: 'basic' };
    },
    shows: async (clientId) => (await send('GET', `/v3/oauth-clients/${clientId}`)).status === 200,
    async revoke(clientId) {
      await expect(204, send('DELETE', `/oauth-clients/${clientId}`));
    },
  };
}

function setupClients(send: Send): SurfaceDriver {
  const base = '/v2/modules/oauthv2/setups';
  /** The path of a client in whichever setup of the organization has it. */
  const find = async (clientId: string): Promise<string | undefined> => {
    for (const setupId of (await expect(200, send('GET', base))).body.setupIds) {
      const found = await send('GET', `${base}/${setupId}/clients/by-client-id/${clientId}`);
      if (found.status === 200) return `${base}/${setupId}/clients/${found.body.clientId}`;
      assert.equal(found.status, 404, found.text);
    }
    return undefined;
  };
  return {
    name: 'setup-clients',
    async create() {
      const { setupId } = (await expect(201, send('POST', base, { json: { name: uniqueName('setup') } })))
        .body;
      const clientId = uniqueName('client');
      const secret = uniqueName('a-chosen-secret');
      const json = {
        name: clientId,
        client_id: clientId,
        client_secret: secret,
        confidentiality_type: 'confidential',
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['client_credentials'],
        response_types: [],
      };
      await expect(201, send('POST', `${base}/${setupId}/clients`, { json }));
      return { clientId, secret, method: 'post' };
    },
    shows: async (clientId) => (await find(clientId)) !== undefined,
    async revoke(clientId) {
      const path = await find(clientId);
      assert.ok(path, 'the client is in none of the setups');
      await expect(204, send('DELETE', path));
    },
  };
}

function platformClientauth(send: Send): SurfaceDriver {
  const base = '/platform/clientauth/credentials';
  const find = async (clientId: string) => {
    const { credentials } = (await expect(200, send('GET', `${base}?limit=100`))).body;
    return credentials.find(
      (credential: { client_id: string; status: string }) =>
        credential.client_id === clientId && credential.status === 'CLIENT_CREDENTIAL_STATUS_ACTIVE',
    );
  };
  return {
    name: 'platform-clientauth',
    async create() {
      const answer = await expect(200, send('POST', base, { json: { name: uniqueName('credential') } }));
      return {
        clientId: answer.body.credential.client_id,
        secret: answer.body.client_secret,
        method: 'post',
      };
    },
    shows: async (clientId) => (await find(clientId)) !== undefined,
    async revoke(clientId) {
      await expect(200, send('POST', `${base}/${(await find(clientId)).id}/revoke`));
    },
  };
}

function clientCredentialsV0(send: Send): SurfaceDriver {
  const base = '/api/v0/client-credentials';
  return {
    name: 'client-credentials-v0',
    async create() {
      const { body } = await expect(200, send('POST', base, { json: { name: uniqueName('credentials') } }));
      return { clientId: body.clientId, secret: body.secret, method: 'post' };
    },
    async shows(clientId) {
      const { body } = await expect(200, send('GET', base));
      return body.some((credential: { clientId: string }) => credential.clientId === clientId);
    },
    async revoke(clientId) {
      await expect(204, send('DELETE', `${base}/${clientId}`));
    },
  };
}

async function expect(status: number, answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  assert.equal(answer.status, status, answer.text);
  return answer;
}
