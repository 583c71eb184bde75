import assert from 'node:assert/strict';
import {
  clientBody,
  createClient,
  createOrganization,
  type TestOrganization,
} from '../../support/fixtures.js';
import type { TestServer } from '../../support/server.js';
import { oauthClientBody } from '../../surfaces/oauth-clients/support.js';
import { basePath, clientBody as setupClientBody } from '../../surfaces/setup-clients/support.js';
import { Conspiracy, type Gift, ownRoles, type Place, pathOf, tenants } from './conspiracy.js';

/**
 * Two organizations with roles, a setup, clients that may much, and some whose secrets are known but good for nothing
 * at the moment; and those who conspire.
 */
export async function conspiracyAt(server: TestServer, gifts: readonly Gift[]): Promise<Conspiracy> {
  const places = [await newPlace(server), await newPlace(server)] as const;
  const conspiracy = new Conspiracy(server, places);
  await conspiracy.letIn(gifts);
  for (const place of places) await fill(conspiracy, place);
  conspiracy.notice(places[0], server.operator.clientId);
  return conspiracy;
}

async function newPlace(server: TestServer): Promise<Place> {
  const settings = { adminRateLimit: { requests: 1_000_000, seconds: 1 }, maxCredentialsPerClient: 5 };
  const organization = await createOrganization(server, { tenants, settings });
  for (const [roleName, permissions] of Object.entries(ownRoles)) {
    const resourcePermissions = Object.entries(permissions).map(([id, allowedPrivileges]) => ({
      id,
      allowedPrivileges,
    }));
    const servicePermissions = resourcePermissions.length > 0 ? [{ id: 'Auth', resourcePermissions }] : [];
    await succeed(server, organization, 'POST', '/roles/permissions', { roleName, servicePermissions });
  }
  const { token } = organization;
  const { body } = await server.request('POST', basePath, { token, json: { name: 'A setup' } });
  return { ...organization, setupId: body.setupId };
}

async function fill(conspiracy: Conspiracy, place: Place): Promise<void> {
  const { server } = conspiracy;
  const { customerId, token, admin, setupId } = place;
  conspiracy.notice(place, admin.clientId);
  const mighty = { ROLE_ADMIN_TENANT: tenants, ROLE_MARKER: ['tenant2'], ROLE_AUDITOR: ['tenant1'] };
  const bystander = await createClient(server, customerId, token, { clientPermissions: { roles: mighty } });
  conspiracy.notice(place, bystander.clientId);

  const owned = await server.request('POST', '/oauth-clients', { token, json: oauthClientBody() });
  conspiracy.notice(place, owned.body.id);

  const fallen = await createClient(server, customerId, token, {
    clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
    enabled: false,
  });
  conspiracy.learnDead(place, fallen.clientId, fallen.secret);

  const fenced = await createClient(server, customerId, token, {
    clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
    allowedNetworks: { mode: 'enforce', networks: ['192.0.2.0/24'] },
  });
  conspiracy.learnDead(place, fenced.clientId, fenced.secret);

  const rotated = await createClient(server, customerId, token, { clientPermissions: { roles: mighty } });
  const credentials = `/clients/${rotated.clientId}/credentials`;
  const [{ credentialId }] = await succeed(server, place, 'GET', credentials);
  await succeed(server, place, 'POST', `${credentials}/${credentialId}/rotate`, { overlapSeconds: 0 });
  conspiracy.learnDead(place, rotated.clientId, rotated.secret);

  // Without a grant type of its own, and without one that gives tokens.
  const json = setupClientBody({ grant_types: undefined, redirect_uris: ['https://client.example'] });
  const waiting = await server.request('POST', `${basePath}/${setupId}/clients`, { token, json });
  assert.equal(waiting.status, 201, waiting.text);
  const found = `${basePath}/${setupId}/clients/${waiting.body.clientId}`;
  const { client_id: clientId } = (await server.request('GET', found, { token })).body;
  await succeed(server, place, 'PUT', `/clients/${clientId}`, {
    ...clientBody({ clientId, clientPermissions: { roles: mighty } }),
    authorizedGrantTypes: ['authorization_code'],
    redirectUri: ['https://client.example'],
  });
  conspiracy.learnDead(place, clientId, waiting.body.client_secret);
}

async function succeed(
  server: TestServer,
  place: TestOrganization,
  method: string,
  below: string,
  json?: object,
) {
  const path = pathOf(place as Place, below);
  const answer = await server.request(method, path, { token: place.token, ...(json && { json }) });
  assert.ok(answer.status < 300, `${method} ${below}: ${answer.text}`);
  return answer.body;
}
