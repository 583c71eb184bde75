import { randomBytes } from 'node:crypto';
import type { TestClient, TestServer } from './server.js';

/** An organization with its administrator, which holds ROLE_ADMIN_CUSTOMER. */
export interface TestOrganization {
  readonly customerId: string;
  readonly admin: TestClient;
  /** A token of the administrator. */
  readonly token: string;
}

/** A name that no other fixture has. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(5).toString('hex')}`;
}

/** The body that creates a client: valid as it is; a test changes the one field that it is about. */
export function clientBody(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    clientId: uniqueName('client'),
    authorizedGrantTypes: ['client_credentials'],
    clientAuthenticationMethods: ['client_secret_basic', 'client_secret_post'],
    ...overrides,
  };
}

/** Creates an organization over the API, with an administrator and the tenants given. */
export async function createOrganization(
  server: Pick<TestServer, 'request' | 'token' | 'operatorToken'>,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<TestOrganization> {
  const operatorToken = await server.operatorToken();
  const customerId = (overrides['id'] as string | undefined) ?? uniqueName('ORG').toUpperCase();
  const created = await server.request('POST', '/oauth/customers', {
    token: operatorToken,
    json: { id: customerId, name: customerId, tenants: ['tenant1', 'tenant2'], ...overrides },
  });
  if (created.status >= 300)
    throw new Error(`No organization was created: ${created.status} ${created.text}`);
  const admin = await createClient(server, customerId, operatorToken, {
    clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
  });
  return { customerId, admin, token: await server.token(admin) };
}

/** Creates a client over the API. @param token of somebody who may */
export async function createClient(
  server: Pick<TestServer, 'request'>,
  customerId: string,
  token: string,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<TestClient> {
  const body = clientBody(overrides);
  const created = await server.request('POST', `/oauth/customers/${customerId}/clients`, {
    token,
    json: [body],
  });
  if (created.status >= 300) throw new Error(`No client was created: ${created.status} ${created.text}`);
  return { clientId: body['clientId'] as string, secret: created.body[0].clientSecret as string };
}
