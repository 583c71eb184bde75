import { Injectable } from '@nestjs/common';
import { authorityScopes, heldRoles } from '#libs/access';
import { effectiveRoles, ScheduledChanges } from '#libs/clients';
import { Clock, Memory } from '#libs/common';
import { networkRulesOf } from '../networks/network-rule.js';
import { type ClientBeforeScopes, countingScopes } from '../registration/client-authority.js';
import { isHintOfGenerated } from '../secrets/secret-format.js';
import { isFastHash } from '../secrets/secret-hasher.js';
import { type ClientRow, ClientRows, type CredentialRow } from './client-rows.js';
import type { RegisteredClient, RegisteredCredential } from './registered-client.js';
import { SharedParts } from './shared-parts.js';

const longestLineOfOwners = 8;

/** Makes of what is stored of a client, its organization, credentials and roles what the registry keeps. */
@Injectable()
export class ClientLoader {
  private readonly shared = new SharedParts();

  constructor(
    private readonly rows: ClientRows,
    private readonly scheduled: ScheduledChanges,
    private readonly clock: Clock,
  ) {}

  /** The client, or null when there is none of that id. */
  async load(clientId: string): Promise<RegisteredClient | null> {
    return this.loadWithOwners(clientId, longestLineOfOwners);
  }

  /** Owners have owners: the line ends at the server itself, or where it gets too long to be believed. */
  private async loadWithOwners(clientId: string, ownersLeft: number): Promise<RegisteredClient | null> {
    const row = await this.loadRow(clientId);
    if (!row) return null;
    if (row.owner_row_id === null) return this.fromRow(row, undefined);
    // Only some scopes draw on the owner: most clients have none of these.
    const isNeeded = row.scopes_bound_by_owner || row.scopes.some((scope) => authorityScopes.has(scope));
    if (!isNeeded || row.owner_client_id === null || ownersLeft === 0) return this.fromRow(row, null);
    return this.fromRow(row, await this.loadWithOwners(row.owner_client_id, ownersLeft - 1));
  }

  /** A change that was planned for a moment that has come is in force before anybody is let in by what was. */
  private async loadRow(clientId: string): Promise<ClientRow | undefined> {
    const row = await this.rows.read(clientId);
    if (!row?.changes_at || row.changes_at > this.clock.now()) return row;
    await this.scheduled.applyDue(row.organization_id);
    return this.rows.read(clientId);
  }

  private fromRow(row: ClientRow, owner: RegisteredClient | null | undefined): RegisteredClient {
    const { shared } = this;
    const roles = effectiveRoles({ roles: row.roles, defaultRolesAssignment: row.default_roles_assignment });
    const ownRoles = new Map(row.own_roles.map((role) => [role.name, role.permissions]));
    const client: ClientBeforeScopes = {
      id: row.id,
      clientId: row.client_id,
      organization: {
        id: row.organization_id,
        customerId: row.customer_id,
        enabled: row.organization_enabled,
        settings: shared.value(row.settings),
        tokenReuse: row.token_reuse,
        maxActiveTokens: row.max_active_tokens,
      },
      enabled: row.enabled,
      grantTypes: shared.set(row.grant_types),
      authenticationMethods: shared.set(row.authentication_methods),
      roles: shared.value(roles),
      // A copy: it has no room to grow.
      heldRoles: [...heldRoles(roles, { customerId: row.customer_id, roles: ownRoles })],
      attributes: shared.value(row.attributes),
      offlineAccess: row.offline_access,
      owner,
      ownerScopes: shared.set(row.owner_scopes),
      audiences: shared.value(row.audiences),
      accessTokenTtlSeconds: row.access_token_ttl_seconds,
      tokenQuota: row.token_quota,
      tokenGeneration: `${row.organization_generation}.${row.token_generation}`,
      changesAtMs: Math.min(row.changes_at?.getTime() ?? Number.POSITIVE_INFINITY, changeOfOwner(owner)),
      credentials: row.credentials.map((credential) => fromCredentialRow(credential, row)),
      memories: Memory.none(),
    };
    const scopes = countingScopes(client, row.scopes, row.scopes_bound_by_owner);
    return { ...client, scopes: shared.set(scopes) };
  }
}

function changeOfOwner(owner: RegisteredClient | null | undefined): number {
  return owner?.changesAtMs ?? Number.POSITIVE_INFINITY;
}

function fromCredentialRow(row: CredentialRow, client: ClientRow): RegisteredCredential {
  return {
    id: row.id,
    hash: row.hash,
    isGenerated: isHintOfGenerated(row.hint) && isFastHash(row.hash),
    expiresAt: row.expires_at ? new Date(row.expires_at) : null,
    retiresAt: row.retires_at ? new Date(row.retires_at) : null,
    retireAfterQuietSeconds: row.retire_after_quiet_seconds,
    revokedAt: null,
    alg: row.alg,
    kid: row.kid,
    isFindable: row.is_findable,
    keepsSources: row.retires_at !== null || client.settings.leakPolicy === 'quarantine',
    networkRules: networkRulesOf(
      {
        organization: client.settings.allowedNetworks,
        client: client.allowed_networks,
        credential: row.allowed_networks,
      },
      row.quarantine,
    ),
    memories: Memory.none(),
  };
}
