export {
  fromServicePermissions,
  type Permission,
  type Privilege,
  permissionIssues,
  privileges,
  type ServicePermission,
  toServicePermissions,
} from './permission.js';
export { type HeldRole, Principal, type RoleGrants } from './principal.js';
export { type GrantContext, heldRoles, mustExist, mustHold, mustMayGrant } from './role-grants.js';
export {
  adminRoleOf,
  roleAdmin,
  roleAdminCustomer,
  roleApi,
  roleNameRule,
  systemRoles,
} from './system-roles.js';
