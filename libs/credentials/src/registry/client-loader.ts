import { Inject, Injectable } from '@nestjs/common';
import { authorityScopes, heldRoles, type Permission, type RoleGrants } from '#libs/access';
import { type ClientAttributes, effectiveRoles, ScheduledChanges } from '#libs/clients';
import { type AllowedNetworks, Clock, Settings } from '#libs/common';
import { PlatformDataSource } from '#libs/database';
import type { OrganizationSettings, TokenQuota, TokenReuse } from '#libs/organizations';
import type { Quarantine } from '../credential.entity.js';
import { networkRulesOf } from '../networks/network-rule.js';
import { type ClientBeforeScopes, countingScopes } from '../registration/client-authority.js';
import { isHintOfGenerated } from '../secrets/secret-format.js';
import { isFastHash } from '../secrets/secret-hasher.js';
import type { RegisteredClient, RegisteredCredential } from './registered-client.js';

const longestLineOfOwners = 8;

interface ClientRow {
  id: string;
  client_id: string;
  enabled: boolean;
  grant_types: string[];
  authentication_methods: string[];
  roles: RoleGrants;
  default_roles_assignment: boolean;
  scopes: string[];
  audiences: string[];
  attributes: ClientAttributes;
  allowed_networks: AllowedNetworks | null;
  offline_access: boolean;
  scopes_bound_by_owner: boolean;
  owner_row_id: string | null;
  owner_scopes: string[];
  owner_client_id: string | null;
  access_token_ttl_seconds: number | null;
  token_quota: TokenQuota | null;
  token_generation: number;
  changes_at: Date | null;
  organization_id: string;
  customer_id: string;
  organization_enabled: boolean;
  settings: OrganizationSettings;
  token_reuse: TokenReuse;
  max_active_tokens: number | null;
  organization_generation: number;
  credentials: CredentialRow[];
  own_roles: { name: string; permissions: Permission[] }[];
}

interface CredentialRow {
  id: string;
  hash: string;
  hint: string;
  expires_at: string | null;
  retires_at: string | null;
  retire_after_quiet_seconds: number | null;
  alg: string | null;
  kid: string | null;
  allowed_networks: AllowedNetworks | null;
  quarantine: Quarantine | null;
  is_findable: boolean;
}

/** How far the clocks of the servers and of the database may be apart. */
const clockDifferenceSeconds = 3_600;

/*
 * A retired credential stays for as long as a token bought with it can live; a revoked one is left out, and with it
 * go its tokens.
 */
const query = `
  select c.id, c.client_id, c.enabled, c.grant_types, c.authentication_methods, c.roles, c.default_roles_assignment,
    case when cardinality(c.scopes) = 0 and c.setup_id is not null then array(
      select distinct scope.value ->> 'name' from resource_server v, jsonb_array_elements(v.scopes) scope
      where v.setup_id = c.setup_id) else c.scopes end as scopes,
    c.audiences, c.attributes, c.offline_access, c.scopes_bound_by_owner, c.owner_row_id, c.owner_scopes, c.token_quota,
    c.allowed_networks,
    w.client_id as owner_client_id, c.token_generation,
    coalesce(c.access_token_ttl_seconds, (s.client_defaults ->> 'accessTokenTtlSeconds')::integer)
      as access_token_ttl_seconds,
    (select min(n.valid_from) from snapshot n
     where n.parent_id in (c.id, c.setup_id) and n.applied_at is null and n.deleted_at is null) as changes_at,
    o.id as organization_id, o.customer_id, o.enabled as organization_enabled, o.settings, o.token_reuse,
    o.max_active_tokens, o.token_generation as organization_generation,
    coalesce((
      select json_agg(json_build_object('id', k.id, 'hash', k.hash, 'hint', k.hint, 'expires_at', k.expires_at,
        'retires_at', k.retires_at, 'retire_after_quiet_seconds', k.retire_after_quiet_seconds,
        'alg', k.alg, 'kid', k.kid, 'allowed_networks', k.allowed_networks, 'quarantine', k.quarantine,
        'is_findable', k.lookup_hash is not null or k.hash not like 'hmac-sha256$%') order by k.created_at desc)
      from credential k
      where k.client_row_id = c.id and k.revoked_at is null and k.kind = 'client_secret'
        and (k.retires_at is null or k.retires_at > now() - $2 * interval '1 second')), '[]') as credentials,
    coalesce((
      select json_agg(json_build_object('name', r.name, 'permissions', r.permissions))
      from organization_role r
      where r.organization_id = o.id and c.roles ? r.name), '[]') as own_roles
  from client c join organization o on o.id = c.organization_id left join client w on w.id = c.owner_row_id
    left join setup s on s.id = c.setup_id
  where c.client_id = $1`;

/** Reads a client with its organization, credentials and roles in one statement. */
@Injectable()
export class ClientLoader {
  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly scheduled: ScheduledChanges,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /** The client, or null when there is none of that id. */
  async load(clientId: string): Promise<RegisteredClient | null> {
    return this.loadWithOwners(clientId, longestLineOfOwners);
  }

  /** Owners have owners: the line ends at the server itself, or where it gets too long to be believed. */
  private async loadWithOwners(clientId: string, ownersLeft: number): Promise<RegisteredClient | null> {
    const row = await this.loadRow(clientId);
    if (!row) return null;
    if (row.owner_row_id === null) return fromRow(row, undefined);
    // Only some scopes draw on the owner: most clients have none of these.
    const isNeeded = row.scopes_bound_by_owner || row.scopes.some((scope) => authorityScopes.has(scope));
    if (!isNeeded || row.owner_client_id === null || ownersLeft === 0) return fromRow(row, null);
    return fromRow(row, await this.loadWithOwners(row.owner_client_id, ownersLeft - 1));
  }

  /** A change that was planned for a moment that has come is in force before anybody is let in by what was. */
  private async loadRow(clientId: string): Promise<ClientRow | undefined> {
    const row = await this.readRow(clientId);
    if (!row?.changes_at || row.changes_at > this.clock.now()) return row;
    await this.scheduled.applyDue(row.organization_id);
    return this.readRow(clientId);
  }

  private async readRow(clientId: string): Promise<ClientRow | undefined> {
    const keepRetiredSeconds = this.settings.maxAccessTokenTtlSeconds + clockDifferenceSeconds;
    const [row] = await this.dataSource.query<ClientRow[]>(query, [clientId, keepRetiredSeconds]);
    return row;
  }
}

function fromRow(row: ClientRow, owner: RegisteredClient | null | undefined): RegisteredClient {
  const roles = effectiveRoles({ roles: row.roles, defaultRolesAssignment: row.default_roles_assignment });
  const ownRoles = new Map(row.own_roles.map((role) => [role.name, role.permissions]));
  const client: ClientBeforeScopes = {
    id: row.id,
    clientId: row.client_id,
    organization: {
      id: row.organization_id,
      customerId: row.customer_id,
      enabled: row.organization_enabled,
      settings: row.settings,
      tokenReuse: row.token_reuse,
      maxActiveTokens: row.max_active_tokens,
    },
    enabled: row.enabled,
    grantTypes: new Set(row.grant_types),
    authenticationMethods: new Set(row.authentication_methods),
    roles,
    heldRoles: heldRoles(roles, { customerId: row.customer_id, roles: ownRoles }),
    attributes: row.attributes,
    offlineAccess: row.offline_access,
    owner,
    ownerScopes: new Set(row.owner_scopes),
    audiences: row.audiences,
    accessTokenTtlSeconds: row.access_token_ttl_seconds,
    tokenQuota: row.token_quota,
    tokenGeneration: `${row.organization_generation}.${row.token_generation}`,
    changesAtMs: Math.min(row.changes_at?.getTime() ?? Number.POSITIVE_INFINITY, changeOfOwner(owner)),
    credentials: row.credentials.map((credential) => fromCredentialRow(credential, row)),
  };
  return { ...client, scopes: countingScopes(client, row.scopes, row.scopes_bound_by_owner) };
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
  };
}
