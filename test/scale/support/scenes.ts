import assert from 'node:assert/strict';
import { machineWith, redeem } from '../../credentials/support/machine.js';
import { eventually } from '../../support/eventually.js';
import {
  clientBody,
  createClient,
  createOrganization,
  type TestOrganization,
} from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import type { TestClient, TestServer } from '../../support/server.js';

/** Sends a request that has to succeed. */
type Do = (method: string, path: string, json?: unknown) => Promise<Answer['body']>;

/** Does what takes more than one request and so is not shown by any example of the OpenAPI document. */
export async function playScenes(server: TestServer): Promise<void> {
  const organization = await createOrganization(server, { settings: { leakPolicy: 'quarantine' } });
  const client = await createClient(server, organization.customerId, organization.token);
  const send = sender(server, organization);
  await replaceClients(send, client);
  await rotate(send, client);
  await enrol(server, send, client);
  await hook(send, client);
  await leak(server, send);
  await askForTokens(server, client);
  await send('DELETE', `/clients/${client.clientId}`);
}

function sender(server: TestServer, { customerId, token }: TestOrganization): Do {
  return async (method, path, json) => {
    const url = `/oauth/customers/${customerId}${path}`;
    const answer = await server.request(method, url, { token, ...(json !== undefined && { json }) });
    assert.ok(answer.status < 300, `${method} ${url}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
}

async function replaceClients(send: Do, { clientId }: TestClient): Promise<void> {
  await send('POST', '/clients', [clientBody(), clientBody()]);
  await send('PUT', '/clients', [clientBody({ clientId, clientName: 'once' })]);
  await send('PUT', `/clients/${clientId}`, clientBody({ clientId, clientName: 'twice' }));
  const roles = { ROLE_ADMIN_CUSTOMER: [] };
  await send('PUT', `/clients/${clientId}`, clientBody({ clientId, clientPermissions: { roles } }));
}

async function rotate(send: Do, { clientId }: TestClient): Promise<void> {
  const path = `/clients/${clientId}/credentials`;
  for (const ending of ['cancel', 'complete', 'undo']) {
    const { credentialId } = await send('POST', path, { name: ending });
    const rotated = await send('POST', `${path}/${credentialId}/rotate`, { overlapSeconds: 600 });
    if (ending === 'undo') await send('POST', `${path}/${credentialId}/rotation/complete`);
    await send('GET', `${path}/${credentialId}/rotation`);
    await send('POST', `${path}/${credentialId}/rotation/${ending}`);
    for (const { credentialId: id, status } of await send('GET', path))
      if (id === rotated.credentialId && status !== 'revoked') await send('POST', `${path}/${id}/revoke`);
  }
}

async function enrol(server: TestServer, send: Do, { clientId }: TestClient): Promise<void> {
  const path = `/clients/${clientId}/enrolments`;
  const { enrolmentCode } = await send('POST', path, {});
  const redeemed = await redeem(server, await machineWith(), enrolmentCode);
  assert.equal(redeemed.status, 201, redeemed.text);
  const { enrolmentId } = await send('POST', path, {});
  await send('POST', `${path}/${enrolmentId}/revoke`);
}

/** To a host that does not exist (RFC 6761 §6.4). */
async function hook(send: Do, { clientId }: TestClient): Promise<void> {
  const { webhookId: id } = await send('POST', '/webhooks', { url: 'https://hooks.invalid/clientele' });
  await send('PATCH', `/webhooks/${id}`, { description: 'changed' });
  await send('POST', `/clients/${clientId}/credentials`, { name: 'an event' });
  await send('POST', `/webhooks/${id}/test`);
  const [{ deliveryId }] = await send('GET', `/webhooks/${id}/deliveries`);
  await send('POST', `/webhooks/${id}/deliveries/${deliveryId}/redeliver`);
  await send('POST', `/webhooks/${id}/secret/rotate`, {});
  await send('DELETE', `/webhooks/${id}`);
}

/** Found by itself, or looked for among those of its client. */
async function leak(server: TestServer, send: Do): Promise<void> {
  const [{ clientId, clientSecret }] = await send('POST', '/clients', [clientBody()]);
  const path = `/clients/${clientId}/credentials`;
  const [{ credentialId }] = await send('GET', path);
  for (const json of [{ secret: 'unknown', clientId }, { secret: clientSecret }, { secret: clientSecret }])
    assert.equal((await server.request('POST', '/leaks', { json })).status, 202);
  await eventually(10_000, async () => assert.equal((await send('GET', '/leaks'))[0]?.count, 2));
  await send('POST', `${path}/${credentialId}/quarantine/lift`);
  await send('POST', `${path}/${credentialId}/revoke`);
}

/** By every path that there is; and what may be asked about a token. */
async function askForTokens(server: TestServer, { clientId, secret }: TestClient): Promise<void> {
  const basic = [clientId, secret] as const;
  const token = await server.token({ clientId, secret });
  for (const [method, path, options] of [
    ['POST', '/api/v0/oauth/token', { form: { grant_type: 'client_credentials' } }],
    ['GET', `/oauth/checkToken?token=${token}`, {}],
    ['POST', '/oauth/revoke', { form: { token } }],
    ['POST', '/oauth/introspect', { form: { token } }],
  ] as const)
    await server.request(method, path, { basic, ...options });
}
