export { authorityScopes, registerAuthorityScope } from './authority-scopes.js';
export {
  covers,
  fromServicePermissions,
  type Permission,
  type Privilege,
  permissionIssues,
  privileges,
  toServicePermissions,
} from './permission.js';
export { type HeldRole, Principal, type RoleGrants } from './principal.js';
export {
  type GrantContext,
  grantsWithin,
  heldRoles,
  mustExist,
  mustHold,
  mustMayGrant,
  mustMayGrantScopes,
} from './role-grants.js';
export {
  adminRoleOf,
  registerSystemRole,
  roleAdmin,
  roleAdminCustomer,
  roleApi,
  roleNameRule,
  systemRoles,
} from './system-roles.js';
