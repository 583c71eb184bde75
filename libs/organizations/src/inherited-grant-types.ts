import type { EntityManager } from 'typeorm';
import {
  type GrantContext,
  mustMayGrant,
  mustMayGrantScopes,
  type Principal,
  type RoleGrants,
} from '#libs/access';
import { grantTypesFor, type SetupState } from './setup.entity.js';

const clientTypes = ['confidential', 'public'] as const;

/** What of a client decides who may let it have tokens. */
interface ClientRights {
  readonly roles: RoleGrants;
  readonly scopes: string[];
  readonly ownerRowId: string | null;
  readonly ownerScopes: string[];
}

/** Clients that name no grant types have those of their setup, on every surface. */
export async function updateInheritedGrantTypes(
  manager: EntityManager,
  setupId: string,
  { clientDefaults }: SetupState,
): Promise<void> {
  for (const type of clientTypes) {
    await manager.query(
      'update client set grant_types = $3 where setup_id = $1 and type = $2 and inherits_grant_types',
      [setupId, type, grantTypesFor(type, clientDefaults)],
    );
  }
}

/**
 * Who gives the clients of a setup a grant type that they did not have lets their roles and scopes come alive, so he
 * must be able to grant these.
 *
 * @param context is asked for only where it is needed
 * @throws DomainError `forbidden`
 */
export async function mustMayGiveGrantTypes(
  manager: EntityManager,
  caller: Principal,
  setup: { readonly id: string; readonly customerId: string },
  { clientDefaults }: SetupState,
  context: () => Promise<GrantContext>,
): Promise<void> {
  const { customerId } = setup;
  if (caller.isAdminOf(customerId)) return;
  for (const type of clientTypes) {
    const opened = await manager.query<ClientRights[]>(
      `select distinct roles, scopes, owner_row_id as "ownerRowId", owner_scopes as "ownerScopes" from client
       where setup_id = $1 and type = $2 and inherits_grant_types and not grant_types @> $3::text[]`,
      [setup.id, type, grantTypesFor(type, clientDefaults)],
    );
    if (opened.length === 0) continue;
    const known = await context();
    for (const { roles, scopes, ...owner } of opened) {
      mustMayGrant(caller, roles, known);
      mustMayGrantScopes(caller, scopes, { customerId, ...owner });
    }
  }
}
