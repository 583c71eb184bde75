import assert from 'node:assert/strict';
import { clientBody, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import type { TestClient, TestServer } from '../../support/server.js';
import {
  createSetup,
  clientBody as setupClientBody,
  type TestSetup,
} from '../../surfaces/setup-clients/support.js';

/** A client that may read everything on every surface, with a token; and all that can be ended around it. */
export interface Actor {
  readonly organization: TestOrganization;
  readonly client: TestClient;
  readonly token: string;
  readonly setup: TestSetup;
  /** Its id on the surface of setup clients. */
  readonly internalId: string;
}

/** In what an actor differs from the usual one. */
interface ActorWishes {
  /** Of its organization. */
  readonly settings?: object;
  /** In seconds. */
  readonly accessTokenValidity?: number;
}

/** When that ends which ends by itself; all other tokens live longer than twice as long. */
export const expirySeconds = 300;

/** What makes it read everything, for tenant1. */
export const role = 'ROLE_READER';
const reads = [
  {
    id: 'Auth',
    resourcePermissions: [{ id: 'Customer', allowedPrivileges: ['READ'] }],
  },
];
const roles = { [role]: ['tenant1'] };

/** Makes the organization, setup, role and client of a row. */
export async function actorOf(
  server: TestServer,
  { settings, accessTokenValidity }: ActorWishes,
): Promise<Actor> {
  const rate = { adminRateLimit: { requests: 100_000, seconds: 10 } };
  const organization = await createOrganization(server, { settings: { ...rate, ...settings } });
  const { customerId, token: adminToken } = organization;
  const created = await server.request('POST', `/oauth/customers/${customerId}/roles/permissions`, {
    token: adminToken,
    json: { roleName: role, servicePermissions: reads },
  });
  assert.equal(created.status, 201, created.text);
  const setup = await createSetup(server, organization);
  const { id, ...client } = await setup.createClient();
  const actor = { organization, client, setup, internalId: id, token: '' };
  await replaceClient(server, actor, { accessTokenValidity });
  return { ...actor, token: await server.token(client) };
}

export async function replaceClient(server: TestServer, actor: Actor, fields: object): Promise<void> {
  const { clientId } = actor.client;
  const json = clientBody({ clientId, clientPermissions: { roles }, ...fields });
  await admin(server, actor, 'PUT', `/clients/${clientId}`, json);
}

/** Plans that the client may get no tokens any more. */
export async function planWithoutTokens(_: TestServer, { setup, internalId }: Actor): Promise<void> {
  const json = setupClientBody({
    grant_types: ['authorization_code'],
    redirect_uris: ['https://client.example'],
    token_endpoint_auth_method: 'client_secret_basic',
    valid_from: new Date(Date.now() + expirySeconds * 1_000).toISOString(),
  });
  const planned = await setup.send('PUT', `/clients/${internalId}`, { json });
  assert.equal(planned.status, 200, planned.text);
}

export async function credentialPath(server: TestServer, actor: Actor): Promise<string> {
  const path = `/clients/${actor.client.clientId}/credentials`;
  const [{ credentialId }] = await admin(server, actor, 'GET', path);
  return `${path}/${credentialId}`;
}

export async function admin(
  server: TestServer,
  { organization }: Actor,
  method: string,
  below: string,
  json?: object,
) {
  const { customerId, token } = organization;
  const path = `/oauth/customers/${customerId}${below}`;
  const answer = await server.request(method, path, { token, ...(json && { json }) });
  assert.ok(answer.status < 300, `${method} ${below}: ${answer.text}`);
  return answer.body;
}

export async function asOperator(server: TestServer, { organization }: Actor, method: string, json?: object) {
  const token = await server.operatorToken();
  const path = `/oauth/customers/${organization.customerId}`;
  const { status, text } = await server.request(method, path, { token, ...(json && { json }) });
  assert.equal(status, 200, text);
}

/** Puts a new key in the place of the one that signs with the algorithm. @returns the id of the old one */
export async function replaceKey(server: TestServer, alg: string): Promise<string> {
  const [old] = await server.database.query<{ kid: string }>(
    `select kid from signing_key where alg = $1 and state = 'active'`,
    [alg],
  );
  const { kid } = await asKeyKeeper(server, '', { alg });
  await server.database.query('update signing_key set activatable_at = now() where kid = $1', [kid]);
  await asKeyKeeper(server, `/${kid}/activate`);
  return old?.kid as string;
}

export async function asKeyKeeper(
  server: TestServer,
  below: string,
  json?: object,
): Promise<{ kid: string }> {
  const token = await server.operatorToken();
  const path = `/oauth/signing-keys${below}`;
  const { status, text, body } = await server.request('POST', path, { token, ...(json && { json }) });
  assert.ok(status < 300, text);
  return body;
}
