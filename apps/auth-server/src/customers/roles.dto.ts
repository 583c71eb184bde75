import { type Privilege, privileges } from '#libs/access';
import { ListOf, Text } from '../http/fields.js';

/** A resource of a service, and what may be done with it and everything below it. */
export class ResourcePermissionFields {
  @Text({ min: 1, max: 128, description: 'Case does not count.', example: 'Customer.Clients' })
  id: string;

  @ListOf(String, { minItems: 1, unique: true, choices: privileges, example: ['READ'] })
  allowedPrivileges: Privilege[];
}

/** The permissions of a role within one service. */
export class ServicePermissionFields {
  @Text({ min: 1, max: 64, description: 'The service.', example: 'Auth' })
  id: string;

  @ListOf(ResourcePermissionFields, { minItems: 1 })
  resourcePermissions: ResourcePermissionFields[];
}

/** A role to replace. */
export class RoleBody {
  @Text({ optional: true, max: 128, description: 'The name of the path.', example: 'ROLE_DEPLOYER' })
  roleName?: string;

  @ListOf(ServicePermissionFields, { description: 'Empty: the role is a mere name.' })
  servicePermissions: ServicePermissionFields[];
}

/** A role to create; also how one is answered. */
export class RoleFields {
  @Text({
    min: 6,
    max: 128,
    description: 'ROLE_ and letters, digits, $, &, @ and _; not the name of a system role.',
    example: 'ROLE_DEPLOYER',
  })
  roleName: string;

  @ListOf(ServicePermissionFields, { description: 'Empty: the role is a mere name.' })
  servicePermissions: ServicePermissionFields[];
}
