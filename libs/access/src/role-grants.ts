import { forbidden, type Issue, invalid } from '#libs/common';
import { authorityScopes } from './authority-scopes.js';
import type { Permission } from './permission.js';
import type { HeldRole, Principal, RoleGrants } from './principal.js';
import { administeredCustomer, roleAdmin, roleAdminCustomer, systemRoles } from './system-roles.js';

/** What an organization knows about roles and tenants when a grant is judged. */
export interface GrantContext {
  readonly customerId: string;
  /** The organization's own roles by name. */
  readonly roles: ReadonlyMap<string, readonly Permission[]>;
  readonly tenants: ReadonlySet<string>;
}

/** The roles that grants amount to in an organization; a role that no longer exists gives nothing. */
export function heldRoles(
  grants: RoleGrants,
  context: Pick<GrantContext, 'customerId' | 'roles'>,
): HeldRole[] {
  return Object.entries(grants).flatMap(([name, tenants]): HeldRole[] => {
    const other = administeredCustomer(name);
    if (other !== undefined) {
      const permissions = systemRoles.get(roleAdminCustomer) ?? [];
      return [{ name: roleAdminCustomer, customerId: other, tenants: [], permissions }];
    }
    const permissions = systemRoles.get(name) ?? context.roles.get(name);
    return permissions ? [{ name, customerId: context.customerId, tenants, permissions }] : [];
  });
}

/** What is left of grants where they count for that organization alone: an operator is just its administrator. */
export function grantsWithin(grants: RoleGrants, customerId: string): RoleGrants {
  return Object.fromEntries(
    Object.entries(grants)
      .filter(([name]) => (administeredCustomer(name) ?? customerId) === customerId)
      .map(([name, tenants]) => [name === roleAdmin ? roleAdminCustomer : name, tenants]),
  );
}

/**
 * Checks that the roles exist and the tenants belong to the organization.
 *
 * @param path where the grants stand in the request, `[0].clientPermissions.roles`
 * @throws DomainError `invalid` with an issue for each role or tenant that does not
 */
export function mustExist(grants: RoleGrants, context: GrantContext, path: string): void {
  const issues: Issue[] = [];
  for (const [name, tenants] of Object.entries(grants)) {
    if (!roleExists(name, context)) {
      issues.push({
        path: `${path}.${printable(name)}`,
        message: 'must be a role of the customer or a system role',
      });
    }
    tenants.forEach((tenant, index) => {
      if (context.tenants.has(tenant)) return;
      issues.push({
        path: `${path}.${printable(name)}[${index}]`,
        message: 'must be a tenant of the customer',
      });
    });
  }
  if (issues.length > 0)
    throw invalid('The roles or tenants do not exist.', issues, 'unknown_role_or_tenant');
}

/**
 * Nobody grants what he does not hold: each permission of each role, for all the tenants concerned.
 *
 * @throws DomainError `forbidden` when the caller lacks any of it
 */
export function mustMayGrant(caller: Principal, grants: RoleGrants, context: GrantContext): void {
  for (const [name, tenants] of Object.entries(grants)) {
    if (!mayGrant(caller, name, tenants, context)) {
      throw forbidden(
        `You can grant only roles and tenants that you hold yourself; ${printable(name)} is beyond that.`,
      );
    }
  }
}

/** What of a client decides on its scopes. */
interface ScopedClient {
  readonly customerId: string;
  readonly ownerRowId: string | null;
  readonly ownerScopes: readonly string[];
}

/**
 * Nobody hands out a scope that entitles to more on our own surfaces than he may do. The owner of a client may give it
 * any: they never count for more than its owner may do, with the scopes that he made it with and still has.
 *
 * @param client whose scopes they are or are to be
 * @throws DomainError `forbidden` for a scope beyond the caller's own rights
 */
export function mustMayGrantScopes(caller: Principal, scopes: readonly string[], client: ScopedClient): void {
  if (isOwner(caller, client) || caller.isAdminOf(client.customerId)) return;
  for (const scope of scopes) {
    const authority = authorityScopes.get(scope);
    if (!authority) continue;
    if (authority === 'owner' || !holdsAll(caller, authority, client.customerId, [])) {
      throw forbidden(
        `You can give a client only scopes that entitle to what you may do; ${printable(scope)} is beyond that.`,
      );
    }
  }
}

/** A narrower token than that by which it made the client does not make the caller its owner. */
function isOwner({ clientRowId, scopes }: Principal, { ownerRowId, ownerScopes }: ScopedClient): boolean {
  return ownerRowId !== null && ownerRowId === clientRowId && ownerScopes.every((scope) => scopes.has(scope));
}

/**
 * @param tenants those that the permissions are to count for
 * @throws DomainError `forbidden` when the caller does not hold each of the permissions there
 */
export function mustHold(
  caller: Principal,
  permissions: readonly Permission[],
  customerId: string,
  tenants: readonly string[],
): void {
  if (!holdsAll(caller, permissions, customerId, tenants)) {
    throw forbidden('You can give a role only permissions that you hold yourself.');
  }
}

function mayGrant(
  caller: Principal,
  name: string,
  tenants: readonly string[],
  context: GrantContext,
): boolean {
  if (caller.isOperator()) return true;
  if (name === roleAdmin) return false;
  const other = administeredCustomer(name);
  if (other !== undefined) return caller.isAdminOf(other);
  if (name === roleAdminCustomer) return caller.isAdminOf(context.customerId);
  const permissions = systemRoles.get(name) ?? context.roles.get(name) ?? [];
  // A role that permits nothing here may mean much to whom the token is shown, and so do the tenants that it names.
  if (permissions.every(({ privileges }) => privileges.length === 0))
    return caller.holdsForTenants(name, context.customerId, tenants);
  return holdsAll(caller, permissions, context.customerId, tenants);
}

function holdsAll(
  caller: Principal,
  permissions: readonly Permission[],
  customerId: string,
  tenants: readonly string[],
): boolean {
  if (caller.isAdminOf(customerId)) return true;
  return permissions.every(({ resource, privileges }) =>
    privileges.every((privilege) => caller.mayForTenants(resource, privilege, customerId, tenants)),
  );
}

function roleExists(name: string, context: GrantContext): boolean {
  return systemRoles.has(name) || context.roles.has(name) || Boolean(administeredCustomer(name));
}

/** A name from a request, cut to what is safe to repeat. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, 140);
}
