import type { Permission, Privilege } from './permission.js';

/** The operator of the whole server. */
export const roleAdmin = 'ROLE_ADMIN';
/** Everything in its own organization and every tenant of it. */
export const roleAdminCustomer = 'ROLE_ADMIN_CUSTOMER';
/** Added to a client by `defaultRolesAssignmentEnabled`. */
export const roleApi = 'ROLE_API';

const crud: readonly Privilege[] = ['CREATE', 'READ', 'UPDATE', 'DELETE'];
const all: readonly Privilege[] = [...crud, 'EXECUTE'];

const roles = new Map<string, readonly Permission[]>([
  [roleAdmin, [{ resource: '*', privileges: all }]],
  [roleAdminCustomer, [{ resource: '*', privileges: all }]],
  [
    'ROLE_ADMIN_USER',
    ['Clients', 'Groups', 'Roles', 'User'].map((name) => ({
      resource: `Auth.Customer.${name}`,
      privileges: crud,
    })),
  ],
  ['ROLE_ADMIN_TENANT', [{ resource: 'Tenant', privileges: all }]],
  [roleApi, [{ resource: 'Tenant.Api', privileges: ['EXECUTE'] }]],
  ['ROLE_USER', [{ resource: 'Tenant.Data', privileges: ['READ'] }]],
  ['ROLE_AUDITOR', [{ resource: '*', privileges: ['READ'] }]],
]);

/** The roles that exist in every organization, and what each of them may do. */
export const systemRoles: ReadonlyMap<string, readonly Permission[]> = roles;

/**
 * Adds a role that a surface knows by a name of its own. Called once, where the surface's module is defined; the name
 * then exists in every organization, and no organization can make a role of that name.
 */
export function registerSystemRole(name: string, permissions: readonly Permission[]): void {
  roles.set(name, permissions);
}

const otherCustomerPrefix = `${roleAdminCustomer}_`;

/** The customer that a `ROLE_ADMIN_CUSTOMER_<customerId>` names, or undefined for any other role. */
export function administeredCustomer(roleName: string): string | undefined {
  return roleName.startsWith(otherCustomerPrefix) ? roleName.slice(otherCustomerPrefix.length) : undefined;
}

/** The role that makes its holder administrator of another organization. */
export function adminRoleOf(customerId: string): string {
  return `${otherCustomerPrefix}${customerId}`;
}

const rolePattern = /^ROLE_[A-Za-z0-9$&@_]{1,123}$/;

/** What is wrong with the name of a customer-specific role, or undefined when it is fine. */
export function roleNameRule(name: string): string | undefined {
  if (!rolePattern.test(name)) {
    return 'must start with ROLE_ and have at most 128 characters of letters, digits, $, &, @ and _';
  }
  const upper = name.toUpperCase();
  if (systemRoles.has(upper) || upper.startsWith(otherCustomerPrefix)) return 'must not be a system role';
  return undefined;
}
