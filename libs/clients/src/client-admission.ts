import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type GrantContext,
  mustExist,
  mustMayGrant,
  mustMayGrantScopes,
  type Principal,
  type RoleGrants,
} from '#libs/access';
import { admitsMore, invalid, notFound } from '#libs/common';
import { type OrganizationRef, type OrganizationSettings, RolesService } from '#libs/organizations';
import type { Client } from './client.entity.js';
import { type ClientDraft, type CompleteDraft, completeDraft, mustBeValidDraft } from './client-draft.js';

/** A draft and where it stands in the request: `[2]` in an array, empty when it stands alone. */
export interface PlacedDraft {
  readonly draft: ClientDraft;
  readonly path: string;
  /** Of a new client: the id of its row, where something was made for that before; left out: a new one. */
  readonly rowId?: string;
  /** Of a new client: when it begins; left out: now. */
  readonly startsAt?: Date;
  /** Of a replacement: the snapshot that planned it. */
  readonly fulfils?: string;
  /** The longest lifetime of access tokens where the organization sets none; left out: the usual one. */
  readonly longestAccessTokenTtlSeconds?: number;
}

/** Drafts that were admitted, with the settings that they were judged by. */
interface Admitted {
  readonly drafts: readonly CompleteDraft[];
  readonly settings: OrganizationSettings;
}

/** Judges what a caller wants clients to be, before anything of it is written. */
@Injectable()
export class ClientAdmission {
  constructor(private readonly roles: RolesService) {}

  /**
   * Completes the drafts and checks them.
   *
   * @param before the clients as they are, by client id; none for new ones
   * @throws DomainError `invalid` for a draft that breaks a rule, `forbidden` for a grant beyond the caller's own
   */
  async admit(
    manager: EntityManager,
    caller: Principal,
    organization: OrganizationRef,
    drafts: readonly PlacedDraft[],
    before: ReadonlyMap<string, Client>,
  ): Promise<Admitted> {
    mustBeDistinct(drafts);
    const settings = await lockSettings(manager, organization);
    const completed = drafts.map(({ draft }) => completeDraft(draft, before.get(draft.clientId)));
    // Whoever changes roles or tenants waits for the settings: without grants they need not be looked at.
    const hasGrants = completed.some(({ roles }) => Object.keys(roles).length > 0);
    const context = hasGrants
      ? await this.roles.grantContext(manager, organization)
      : { customerId: organization.customerId, roles: new Map(), tenants: new Set<string>() };
    for (const [index, complete] of completed.entries()) {
      const { path, longestAccessTokenTtlSeconds } = drafts[index] as PlacedDraft;
      const known = before.get(complete.clientId);
      mustBeValidDraft(complete, { settings, before: known, longestAccessTokenTtlSeconds }, path);
      // To a client that gets tokens again, or in more ways or places than before, everything it has is given anew.
      const isGivenAnew = known !== undefined && opens(known, complete);
      mustHoldGrants(caller, complete, path, context, isGivenAnew ? {} : (known?.roles ?? {}));
      if (known) mustHoldScopes(caller, complete, context, known, isGivenAnew ? [] : known.scopes);
    }
    return { drafts: completed, settings };
  }
}

/** What the client held before may stay; what is new must be the caller's to give. */
function mustHoldGrants(
  caller: Principal,
  draft: CompleteDraft,
  path: string,
  context: GrantContext,
  before: RoleGrants,
): void {
  mustExist(draft.roles, context, path ? `${path}.roles` : 'roles');
  const added: Record<string, string[]> = {};
  for (const [name, tenants] of Object.entries(draft.roles)) {
    const had = before[name];
    const more = tenants.filter((tenant) => !had?.includes(tenant));
    if (!had || more.length > 0) added[name] = more;
  }
  mustMayGrant(caller, added, context);
}

/** A new client is bound by its creator. What an existing one gets more must be the caller's to give. */
function mustHoldScopes(
  caller: Principal,
  draft: CompleteDraft,
  { customerId }: GrantContext,
  { ownerRowId, ownerScopes }: Client,
  before: readonly string[],
): void {
  const added = draft.scopes.filter((scope) => !before.includes(scope));
  mustMayGrantScopes(caller, added, { customerId, ownerRowId, ownerScopes });
}

/** Whether who knows the client's secret can do with it what nobody could before: its roles and scopes come alive. */
function opens(before: Client, after: CompleteDraft): boolean {
  return (
    (after.enabled && !before.enabled) ||
    hasMore(before.grantTypes, after.grantTypes) ||
    hasMore(placesOf(before), placesOf(after)) ||
    admitsMore(before.allowedNetworks, after.allowedNetworks)
  );
}

function hasMore(before: readonly string[], after: readonly string[]): boolean {
  return after.some((one) => !before.includes(one));
}

/** Where its tokens count; without an audience it is this server. */
function placesOf({ audiences }: Pick<Client, 'audiences'>): readonly string[] {
  return audiences.length > 0 ? audiences : [''];
}

function mustBeDistinct(drafts: readonly PlacedDraft[]): void {
  const seen = new Set<string>();
  for (const { draft, path } of drafts) {
    if (seen.has(draft.clientId)) {
      throw invalid('The request names a client twice.', [
        { path: `${path}.clientId`, message: 'must not repeat the clientId of an element before' },
      ]);
    }
    seen.add(draft.clientId);
  }
}

/**
 * The organization's settings, locked against change.
 *
 * @throws DomainError `not_found`
 */
export async function lockSettings(
  manager: EntityManager,
  organization: OrganizationRef,
): Promise<OrganizationSettings> {
  // Shared with other writers of clients; excludes those who change ceilings, roles or tenants. Taken before any
  // row lock on clients, so that the two kinds of writers never wait for each other in a circle.
  const [found] = await manager.query<{ settings: OrganizationSettings }[]>(
    'select settings from organization where id = $1 for share',
    [organization.id],
  );
  if (!found) throw notFound('customer');
  return found.settings;
}
