import assert from 'node:assert/strict';
import type { TestServer } from '../../support/server.js';
import { basePath } from '../../surfaces/setup-clients/support.js';
import {
  type Actor,
  admin,
  asKeyKeeper,
  asOperator,
  credentialPath,
  expirySeconds,
  planWithoutTokens,
  replaceClient,
  replaceKey,
  role,
} from './deactivation-actor.js';

export const things = [
  'token',
  'credential',
  'client',
  'organization',
  'tenant',
  'role',
  'setup snapshot',
  'signing key',
] as const;
export const endings = ['disabled', 'deleted', 'revoked', 'expired'] as const;
export type Thing = (typeof things)[number];
export type Ending = (typeof endings)[number];

/** What becomes of something: it works as before, it is refused, or it is known but entitles to nothing. */
export type Outcome = 'lives' | 'ended' | 'forbidden';

export interface Row {
  readonly thing: Thing;
  readonly ending: Ending;
  readonly how: string;
  /** Ends it, on the one instance. Left out: time does, see expirySeconds. */
  readonly act?: (server: TestServer, actor: Actor) => Promise<void>;
  /** Prepares what time will end. */
  readonly arrange?: (server: TestServer, actor: Actor) => Promise<void>;
  readonly accessTokenValidity?: number;
  /** Of the organization. */
  readonly settings?: object;
  readonly issue: Outcome;
  readonly introspect: Outcome;
  readonly admin: Outcome;
}

const all = (outcome: Outcome) => ({ issue: outcome, introspect: outcome, admin: outcome });
const tokenAlone = { issue: 'lives', introspect: 'ended', admin: 'ended' } as const;
const issueAlone = { issue: 'ended', introspect: 'lives', admin: 'lives' } as const;

/** Every ending that there is. */
export const rows: readonly Row[] = [
  {
    thing: 'token',
    ending: 'revoked',
    how: 'POST /oauth/revoke',
    ...tokenAlone,
    async act(server, { client: { clientId, secret }, token }) {
      const options = { basic: [clientId, secret] as const, form: { token } };
      assert.equal((await server.request('POST', '/oauth/revoke', options)).status, 200);
    },
  },
  { thing: 'token', ending: 'expired', how: 'exp', accessTokenValidity: expirySeconds, ...tokenAlone },
  {
    thing: 'credential',
    ending: 'revoked',
    how: '…/credentials/{credentialId}/revoke',
    ...all('ended'),
    async act(server, actor) {
      await admin(server, actor, 'POST', `${await credentialPath(server, actor)}/revoke`);
    },
  },
  {
    thing: 'credential',
    ending: 'expired',
    how: 'expiresAt',
    ...issueAlone,
    async arrange(server, actor) {
      const expiresAt = new Date(Date.now() + expirySeconds * 1_000).toISOString();
      await admin(server, actor, 'PATCH', await credentialPath(server, actor), { expiresAt });
    },
  },
  {
    thing: 'credential',
    ending: 'expired',
    how: 'retired by a completed rotation',
    ...issueAlone,
    async act(server, actor) {
      const path = await credentialPath(server, actor);
      await admin(server, actor, 'POST', `${path}/rotate`, { overlapSeconds: 0 });
    },
  },
  {
    thing: 'client',
    ending: 'disabled',
    how: 'PUT with enabled: false',
    ...all('ended'),
    act: (server, actor) => replaceClient(server, actor, { enabled: false }),
  },
  {
    thing: 'client',
    ending: 'deleted',
    how: 'DELETE …/clients/{clientId}',
    ...all('ended'),
    async act(server, actor) {
      await admin(server, actor, 'DELETE', `/clients/${actor.client.clientId}`);
    },
  },
  {
    thing: 'client',
    ending: 'revoked',
    how: 'PUT …/clients/{clientId}/revoketokens',
    ...tokenAlone,
    async act(server, actor) {
      await admin(server, actor, 'PUT', `/clients/${actor.client.clientId}/revoketokens`);
    },
  },
  {
    thing: 'organization',
    ending: 'disabled',
    how: 'PUT with enabled: false',
    ...all('ended'),
    act: (server, actor) => asOperator(server, actor, 'PUT', { enabled: false }),
  },
  {
    thing: 'organization',
    ending: 'deleted',
    how: 'DELETE /oauth/customers/{customerId}',
    ...all('ended'),
    act: (server, actor) => asOperator(server, actor, 'DELETE'),
  },
  {
    thing: 'tenant',
    ending: 'deleted',
    how: 'DELETE …/tenants/{tenantId}',
    ...tokenAlone,
    async act(server, actor) {
      await admin(server, actor, 'DELETE', '/tenants/tenant1');
    },
  },
  {
    thing: 'role',
    ending: 'deleted',
    how: 'refused while a client holds it',
    ...all('lives'),
    async act(server, { organization: { customerId, token } }) {
      const path = `/oauth/customers/${customerId}/roles/permissions/${role}`;
      assert.equal((await server.request('DELETE', path, { token })).status, 409);
    },
  },
  {
    thing: 'role',
    ending: 'revoked',
    how: 'taken from the client',
    ...tokenAlone,
    act: (server, actor) => replaceClient(server, actor, { clientPermissions: { roles: {} } }),
  },
  {
    thing: 'role',
    ending: 'disabled',
    how: 'its permissions taken from it',
    issue: 'lives',
    introspect: 'lives',
    admin: 'forbidden',
    async act(server, actor) {
      await admin(server, actor, 'PUT', `/roles/permissions/${role}`, { servicePermissions: [] });
    },
  },
  {
    thing: 'setup snapshot',
    ending: 'deleted',
    how: 'a planned one, that would have ended the issuing, is cancelled',
    ...all('lives'),
    arrange: planWithoutTokens,
    async act(server, { organization: { token }, setup, internalId }) {
      const path = `${basePath}/${setup.setupId}/clients/${internalId}/snapshots`;
      const { snapshotIds } = (await server.request('GET', path, { token })).body;
      const statuses = await Promise.all(
        snapshotIds.map(
          async (id: string) => (await server.request('DELETE', `${path}/${id}`, { token })).status,
        ),
      );
      assert.equal(statuses.filter((status) => status === 204).length, 1, `${statuses}`);
    },
  },
  {
    thing: 'setup snapshot',
    ending: 'expired',
    how: 'one without the grant type takes its place',
    ...issueAlone,
    arrange: planWithoutTokens,
  },
  {
    thing: 'setup snapshot',
    ending: 'revoked',
    how: 'its setup is deleted, with all clients',
    ...all('ended'),
    async act(_, { setup }) {
      assert.equal((await setup.send('DELETE')).status, 204);
    },
  },
  {
    thing: 'signing key',
    ending: 'disabled',
    how: 'another one of its algorithm signs',
    settings: { accessTokenSigningAlg: 'PS256' },
    ...all('lives'),
    act: (server) => replaceKey(server, 'PS256').then(() => undefined),
  },
  {
    thing: 'signing key',
    ending: 'expired',
    how: 'retired, its last token’s end being reached',
    settings: { accessTokenSigningAlg: 'RS256' },
    ...tokenAlone,
    async act(server) {
      const old = await replaceKey(server, 'RS256');
      // Nobody can do this over HTTP while a token of the key may live.
      const sql = 'update signing_key set retirable_at = now() where kid = $1';
      await server.database.query(sql, [old]);
      await asKeyKeeper(server, `/${old}/retire`);
    },
  },
];

/** Endings that there are not, and why. */
export const impossible: Readonly<Record<string, string>> = {
  'token disabled': 'a token has no state of its own but being on the list of revoked ones',
  'token deleted': 'tokens have no row',
  'credential disabled': 'it is revoked or it works; for a while it is retiring, and works',
  'credential deleted': 'it goes with its client alone, so that its history remains',
  'client expired': 'its credentials expire',
  'organization revoked': 'it holds nothing that could be revoked apart from its clients',
  'organization expired': 'organizations have no end',
  'tenant disabled': 'a tenant is a plain id',
  'tenant revoked': 'a tenant is granted with a role: see role revoked',
  'tenant expired': 'tenants have no end',
  'role expired': 'roles and grants have no end',
  'setup snapshot disabled': 'a state is in force, planned, or past',
  'signing key deleted': 'keys are kept as long as the server, for the record',
  'signing key revoked': 'keys end in stages; nobody takes one away from tokens that live',
};
