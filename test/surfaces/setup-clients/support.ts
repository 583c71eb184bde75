import assert from 'node:assert/strict';
import { createClient, type TestOrganization } from '../../support/fixtures.js';
import type { Answer, RequestOptions } from '../../support/http-client.js';
import type { TestClient, TestServer } from '../../support/server.js';

export const basePath = '/v2/modules/oauthv2/setups';
export const registrationPath = '/v3/modules/oauthv2/setups';

/** A setup of an organization, as its administrator sees it over this surface. */
export interface TestSetup {
  readonly setupId: string;
  /** Sends a request below the setup: `/clients`. */
  send(method: string, path?: string, options?: RequestOptions): Promise<Answer>;
  /** Creates a client, and fails when there is none. */
  createClient(overrides?: Readonly<Record<string, unknown>>): Promise<TestSetupClient>;
}

export interface TestSetupClient extends TestClient {
  /** The internal id. */
  readonly id: string;
}

/** The body of a client that can get tokens: valid as it is; a test changes the one field that it is about. */
export function clientBody(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    name: 'Nightly export',
    confidentiality_type: 'confidential',
    grant_types: ['client_credentials'],
    ...overrides,
  };
}

/** Creates a setup over this surface. */
export async function createSetup(
  server: TestServer,
  { token }: Pick<TestOrganization, 'token'>,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<TestSetup> {
  const created = await server.request('POST', basePath, {
    token,
    json: { name: 'Production', ...overrides },
  });
  assert.equal(created.status, 201, created.text);
  return setupOf(server, token, created.body.setupId);
}

/** A setup that is there. */
function setupOf(server: TestServer, token: string, setupId: string): TestSetup {
  const send = (method: string, path = '', options: RequestOptions = {}) =>
    server.request(method, `${basePath}/${setupId}${path}`, { token, ...options });
  return {
    setupId,
    send,
    async createClient(overrides) {
      const created = await send('POST', '/clients', { json: clientBody(overrides) });
      assert.equal(created.status, 201, created.text);
      const id = created.body.clientId as string;
      const { body } = await send('GET', `/clients/${id}?validAt=any`);
      const secret = created.body.client_secret ?? overrides?.['client_secret'];
      return { id, clientId: body.client_id, secret };
    },
  };
}

/** The setup that shows the clients which were made elsewhere. */
export async function defaultSetup(
  server: TestServer,
  { token, customerId }: TestOrganization,
): Promise<TestSetup> {
  const { body } = await server.request('GET', `${basePath}?name=${customerId}`, { token });
  assert.equal(body.setupIds.length, 1);
  return setupOf(server, token, body.setupIds[0]);
}

/** The answer of the token endpoint to a client. */
export function askToken(
  server: TestServer,
  { clientId, secret }: TestClient,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return server.request('POST', '/oauth/token', {
    basic: [clientId, secret],
    form: { grant_type: 'client_credentials', ...parameters },
  });
}

/** A token of a client of the organization that holds these roles. */
export async function tokenWithRoles(
  server: TestServer,
  { customerId, token }: TestOrganization,
  roles: Readonly<Record<string, readonly string[]>>,
): Promise<string> {
  const client = await createClient(server, customerId, token, {
    clientPermissions: { roles },
    defaultRolesAssignmentEnabled: false,
  });
  return server.token(client);
}

/** A moment as this surface writes it, by the server's clock. @param seconds from now */
export function momentIn(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

/** Asserts an error in this surface's own shape. */
export function assertError(answer: Answer, status: number, errorCode: string, text = /./): void {
  assert.equal(answer.status, status, answer.text);
  assert.deepEqual(Object.keys(answer.body), ['errorCode', 'errorText'], answer.text);
  assert.equal(answer.body.errorCode, errorCode, answer.text);
  assert.match(answer.body.errorText, text);
}
