import {
  authorityScopes,
  covers,
  grantsWithin,
  type HeldRole,
  type Permission,
  type RoleGrants,
  roleAdmin,
  roleAdminCustomer,
  systemRoles,
} from '#libs/access';
import { isInForce, type RegisteredClient } from '../registry/registered-client.js';

/** What a client is before its scopes are judged: all but the scopes that count. */
export type ClientBeforeScopes = Omit<RegisteredClient, 'scopes'>;

/**
 * What a client may do on our own surfaces with a token of these scopes: its roles, and what the scopes entitle to,
 * which is never more than its owner may do at this moment.
 */
export function authorityOf(client: ClientBeforeScopes, scopes: Iterable<string>): HeldRole[] {
  const roles = [...client.heldRoles];
  for (const scope of scopes) {
    const authority = authorityScopes.get(scope);
    if (authority === 'owner') roles.push(...rightsOfOwner(client));
    else if (authority) roles.push(boundedRole(client, scope, authority));
  }
  return roles;
}

/**
 * The role grants that tokens of these scopes carry: the client's own, and those of its owner where a scope says so, as
 * far as they are about its organization.
 */
export function roleGrantsOf(client: RegisteredClient, scopes: readonly string[]): RoleGrants {
  const { owner } = client;
  const isInherited =
    owner && isInForce(owner) && scopes.some((scope) => authorityScopes.get(scope) === 'owner');
  if (!isInherited || owner.organization.id !== client.organization.id) return client.roles;
  const ofOwner = roleGrantsOf(owner, scopesOfOwner(client, owner));
  return { ...grantsWithin(ofOwner, client.organization.customerId), ...client.roles };
}

/**
 * The scopes that count of those a client was given. One that entitles on our own surfaces, and every one of a client
 * whose scopes are bound by its owner, counts only as far as the owner has it too.
 */
export function countingScopes(
  client: ClientBeforeScopes,
  scopes: readonly string[],
  isBoundByOwner: boolean,
): ReadonlySet<string> {
  return new Set(
    scopes.filter((scope) => !(isBoundByOwner || authorityScopes.has(scope)) || ownerHas(client, scope)),
  );
}

function ownerHas(client: ClientBeforeScopes, scope: string): boolean {
  const { owner } = client;
  if (owner === undefined) return true;
  if (owner === null || !isInForce(owner)) return false;
  const authority = authorityScopes.get(scope);
  if (authority === 'owner' || scopesOfOwner(client, owner).includes(scope) || isAdmin(client)) return true;
  return authority !== undefined && boundedRole(client, scope, authority).permissions.length > 0;
}

/** The scopes that the owner made the client with, as far as it still has them. */
function scopesOfOwner({ ownerScopes }: ClientBeforeScopes, owner: RegisteredClient): string[] {
  return [...owner.scopes].filter((scope) => ownerScopes.has(scope));
}

/** Everything the owner may do in the client's organization; an operator counts as its administrator there. */
function rightsOfOwner(client: ClientBeforeScopes): HeldRole[] {
  const { owner } = client;
  if (!owner || !isInForce(owner)) return [];
  const { customerId } = client.organization;
  return authorityOf(owner, scopesOfOwner(client, owner)).flatMap((role): HeldRole[] => {
    if (role.name === roleAdmin) {
      return [
        {
          name: roleAdminCustomer,
          customerId,
          tenants: [],
          permissions: systemRoles.get(roleAdminCustomer) ?? [],
        },
      ];
    }
    return role.customerId === customerId ? [role] : [];
  });
}

function isAdmin(client: ClientBeforeScopes): boolean {
  return rightsOfOwner(client).some((role) => role.name === roleAdminCustomer);
}

/** The permissions of a scope, as far as the owner has them; the server itself has all of them. */
function boundedRole(
  client: ClientBeforeScopes,
  scope: string,
  permissions: readonly Permission[],
): HeldRole {
  const { customerId } = client.organization;
  if (client.owner === undefined) return { name: scope, customerId, tenants: [], permissions };
  const rights = rightsOfOwner(client).flatMap((role) => role.permissions);
  const bounded = permissions
    .map(({ resource, privileges }) => ({
      resource,
      privileges: privileges.filter((privilege) =>
        rights.some((right) => covers(right, resource, privilege)),
      ),
    }))
    .filter(({ privileges }) => privileges.length > 0);
  return { name: scope, customerId, tenants: [], permissions: bounded };
}
