import assert from 'node:assert/strict';
import { createClient, type TestOrganization, uniqueName } from '../../support/fixtures.js';
import type { Answer, RequestOptions } from '../../support/http-client.js';
import type { TestClient, TestServer } from '../../support/server.js';

/** Requests below `/oauth/customers/{customerId}`, with the token of its administrator unless another is given. */
export type NativeApi = (method: string, path: string, options?: RequestOptions) => Promise<Answer>;

export function nativeApi(server: TestServer, { customerId, token }: TestOrganization): NativeApi {
  return (method, path, options) =>
    server.request(method, `/oauth/customers/${customerId}${path}`, { token, ...options });
}

/** A client with the roles given, and a token of it. */
export async function callerWith(
  server: TestServer,
  organization: TestOrganization,
  roles: Readonly<Record<string, readonly string[]>>,
): Promise<TestClient & { token: string }> {
  const caller = await createClient(server, organization.customerId, organization.token, {
    clientPermissions: { roles },
    defaultRolesAssignmentEnabled: false,
  });
  return { ...caller, token: await server.token(caller) };
}

/** Makes a role of the organization with privileges on resources of the service `Auth`. */
export async function createRole(
  api: NativeApi,
  permissions: Readonly<Record<string, readonly string[]>>,
): Promise<string> {
  const roleName = uniqueName('ROLE_TEST');
  const resourcePermissions = Object.entries(permissions).map(([id, allowedPrivileges]) => ({
    id,
    allowedPrivileges,
  }));
  const servicePermissions = resourcePermissions.length > 0 ? [{ id: 'Auth', resourcePermissions }] : [];
  const created = await api('POST', '/roles/permissions', { json: { roleName, servicePermissions } });
  assert.equal(created.status, 201, created.text);
  return roleName;
}

/** Everything of an answer but what differs between any two requests. */
export function comparable({ status, text, headers }: Answer): object {
  const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status, text, headers: Object.fromEntries(kept) };
}

/** Asserts an error in the shape of the native API whose detail matches. */
export function assertError(answer: Answer, status: number, detail: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  const { severity, errorMessage, errorCode, errorDetailMessage, ...more } = answer.body;
  assert.deepEqual({ severity, errorCode, more }, { severity: 'Error', errorCode: status, more: {} });
  assert.equal(typeof errorMessage, 'string');
  assert.match(errorDetailMessage, detail);
}

/** Whether the token is alive, as the client given is told. */
export async function isActive(server: TestServer, by: TestClient, token: string): Promise<boolean> {
  const answer = await server.request('POST', '/oauth/introspect', {
    basic: [by.clientId, by.secret],
    form: { token },
  });
  assert.equal(answer.status, 200, answer.text);
  return answer.body.active;
}

/** Asks for a token and answers whatever comes. */
export function askForToken(server: TestServer, { clientId, secret }: TestClient): Promise<Answer> {
  return server.request('POST', '/oauth/token', {
    basic: [clientId, secret],
    form: { grant_type: 'client_credentials' },
  });
}
