import {
  fromServicePermissions,
  type Permission,
  permissionIssues,
  systemRoles,
  toServicePermissions,
} from '#libs/access';
import { invalid, notFound } from '#libs/common';
import type { RoleBody, RoleFields } from './roles.dto.js';

/** What is answered of a role. */
interface NamedPermissions {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/** The permissions of a role that a body asks for. @throws DomainError `invalid` for a name that breaks a rule */
export function fromRole({ servicePermissions }: Pick<RoleBody, 'servicePermissions'>): Permission[] {
  const issues = permissionIssues(servicePermissions, 'servicePermissions');
  if (issues.length > 0) throw invalid('The body is not valid.', issues);
  return fromServicePermissions(servicePermissions);
}

/** As fromRole, for the role that the path names. */
export function fromRoleAt(roleName: string, body: RoleBody): Permission[] {
  if (body.roleName !== undefined && body.roleName !== roleName) {
    throw invalid('The body is not valid.', [{ path: 'roleName', message: 'must be the name of the path' }]);
  }
  return fromRole(body);
}

/** A role as it is answered. */
export function toRole({ name, permissions }: NamedPermissions): RoleFields {
  return {
    roleName: name,
    servicePermissions: toServicePermissions(permissions) as RoleFields['servicePermissions'],
  };
}

/** A role that every customer has. @throws DomainError `not_found` */
export function getSystemRole(name: string): NamedPermissions {
  const permissions = systemRoles.get(name);
  if (!permissions) throw notFound('role');
  return { name, permissions };
}
