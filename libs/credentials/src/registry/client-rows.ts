import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Permission, RoleGrants } from '#libs/access';
import type { ClientAttributes } from '#libs/clients';
import { type AllowedNetworks, Settings } from '#libs/common';
import { PlatformDataSource } from '#libs/database';
import type { OrganizationSettings, TokenQuota, TokenReuse } from '#libs/organizations';
import type { Quarantine } from '../credential.entity.js';

/** What is stored of a client that it takes to let it in, its organization and setup included. */
export interface ClientRow {
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

export interface CredentialRow {
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
      where r.organization_id = o.id and c.roles ? r.name
        and r.name_key = any(array(select upper(held) from jsonb_object_keys(c.roles) as held))), '[]') as own_roles
  from client c join organization o on o.id = c.organization_id left join client w on w.id = c.owner_row_id
    left join setup s on s.id = c.setup_id
  where c.client_id = any($1)`;

/** For how long one statement is waited for: the connection of one that takes longer may be dead. */
const patienceMs = 50;

/** Clients that are read together, once the statement before has ended. */
interface Gathering {
  readonly clientIds: Set<string>;
  readonly rows: Promise<ReadonlyMap<string, ClientRow>>;
}

/**
 * Reads clients with their organizations, credentials and roles: those that are asked for while others are being read
 * together in the next statement, which costs much less than one for each.
 */
@Injectable()
export class ClientRows {
  private gathering: Gathering | undefined;
  private reading: Promise<unknown> = Promise.resolve();
  private readonly keepRetiredSeconds: number;

  constructor(
    private readonly dataSource: PlatformDataSource,
    @Inject(Settings) { maxAccessTokenTtlSeconds }: Settings,
  ) {
    this.keepRetiredSeconds = maxAccessTokenTtlSeconds + clockDifferenceSeconds;
  }

  /** The client of that id as it is stored now or later; undefined: there is none. */
  async read(clientId: string): Promise<ClientRow | undefined> {
    this.gathering ??= this.gather();
    const { clientIds, rows } = this.gathering;
    clientIds.add(clientId);
    try {
      return (await rows).get(clientId);
    } catch (error) {
      // What one of them brings a statement to fail by is no trouble of the others.
      if (clientIds.size === 1) throw error;
      return (await this.readAll([clientId])).get(clientId);
    }
  }

  private gather(): Gathering {
    const clientIds = new Set<string>();
    const turn = Promise.race([this.reading, setTimeout(patienceMs, undefined, { ref: false })]);
    const rows = turn.then(() => {
      this.gathering = undefined;
      return this.readAll([...clientIds]);
    });
    this.reading = rows.catch(() => undefined);
    return { clientIds, rows };
  }

  private async readAll(clientIds: readonly string[]): Promise<ReadonlyMap<string, ClientRow>> {
    const parameters = [clientIds, this.keepRetiredSeconds];
    const rows = await this.dataSource.query<ClientRow[]>(query, parameters);
    return new Map(rows.map((row) => [row.client_id, row]));
  }
}
