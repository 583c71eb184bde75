import { type Issue } from '#libs/common';

export const privileges = ['CREATE', 'READ', 'UPDATE', 'DELETE', 'EXECUTE'] as const;
export type Privilege = (typeof privileges)[number];

/** A resource and what may be done with it and with everything below it. */
export interface Permission {
  /** `Auth.Customer.Clients`, as it was written: names compare case-insensitively; `*` is everything. */
  readonly resource: string;
  readonly privileges: readonly Privilege[];
}

/** The permissions of one service as the API writes them. */
export interface ServicePermission {
  /** The service, `Auth`. */
  readonly id: string;
  readonly resourcePermissions: readonly {
    readonly id: string;
    readonly allowedPrivileges: readonly Privilege[];
  }[];
}

/** Whether the permission gives the privilege on the resource: a grant covers everything below it. */
export function covers(permission: Permission, resource: string, privilege: Privilege): boolean {
  if (!permission.privileges.includes(privilege)) return false;
  if (permission.resource === '*') return true;
  const wanted = resource.toLowerCase();
  const granted = permission.resource.toLowerCase();
  return wanted === granted || wanted.startsWith(`${granted}.`);
}

/** The permissions of a role, from the form of the API. */
export function fromServicePermissions(services: readonly ServicePermission[]): Permission[] {
  return services.flatMap(({ id, resourcePermissions }) =>
    resourcePermissions.map((resource) => ({
      resource: `${id}.${resource.id}`,
      privileges: resource.allowedPrivileges,
    })),
  );
}

/** The permissions of a role in the form of the API; the inverse of fromServicePermissions, grouped by service. */
export function toServicePermissions(permissions: readonly Permission[]): ServicePermission[] {
  const services = new Map<string, { id: string; allowedPrivileges: readonly Privilege[] }[]>();
  for (const { resource, privileges: allowedPrivileges } of permissions) {
    const [service = '', ...path] = resource.split('.');
    const id = path.join('.') || '*';
    services.set(service, [...(services.get(service) ?? []), { id, allowedPrivileges }]);
  }
  return [...services].map(([id, resourcePermissions]) => ({ id, resourcePermissions }));
}

const namePattern = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*$/i;

/** What is wrong with permissions given by a caller; empty when nothing is. */
export function permissionIssues(services: readonly ServicePermission[], path: string): Issue[] {
  const issues: Issue[] = [];
  services.forEach((service, i) => {
    if (!/^[a-z][a-z0-9-]*$/i.test(service.id)) {
      issues.push({ path: `${path}[${i}].id`, message: 'must be the name of a service, such as Auth' });
    }
    service.resourcePermissions.forEach((resource, j) => {
      if (namePattern.test(resource.id)) return;
      const at = `${path}[${i}].resourcePermissions[${j}].id`;
      issues.push({ path: at, message: 'must be a resource of the service, such as customer.clients' });
    });
  });
  return issues;
}
