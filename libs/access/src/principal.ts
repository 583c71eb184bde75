import type { Actor } from '#libs/audit';
import { covers, type Permission, type Privilege } from './permission.js';
import { roleAdmin, roleAdminCustomer } from './system-roles.js';

/** Role → tenants, as clients carry them; an empty list is the role without a tenant. */
export type RoleGrants = Readonly<Record<string, readonly string[]>>;

/** A role that somebody holds: what it permits, where, and for which tenants. */
export interface HeldRole {
  readonly name: string;
  /** The organization in which it counts. */
  readonly customerId: string;
  readonly tenants: readonly string[];
  readonly permissions: readonly Permission[];
}

interface PrincipalFacts {
  readonly clientId: string;
  readonly clientRowId: string | null;
  readonly organizationId: string;
  readonly customerId: string;
  readonly credentialId: string | null;
  readonly roles: readonly HeldRole[];
  readonly scopes?: ReadonlySet<string>;
  readonly address?: string | null;
  readonly requestId?: string | null;
}

/** Who calls: a client that proved itself, with everything it may do. The first argument of tenant-scoped methods. */
export class Principal implements PrincipalFacts {
  readonly clientId: string;
  readonly clientRowId: string | null;
  readonly organizationId: string;
  readonly customerId: string;
  readonly credentialId: string | null;
  readonly roles: readonly HeldRole[];
  readonly scopes: ReadonlySet<string>;
  readonly address: string | null;
  readonly requestId: string | null;

  constructor(facts: PrincipalFacts) {
    this.clientId = facts.clientId;
    this.clientRowId = facts.clientRowId;
    this.organizationId = facts.organizationId;
    this.customerId = facts.customerId;
    this.credentialId = facts.credentialId;
    this.roles = facts.roles;
    this.scopes = facts.scopes ?? new Set();
    this.address = facts.address ?? null;
    this.requestId = facts.requestId ?? null;
  }

  /** The server acting by itself or through its command line, with an operator's rights. */
  static system(name: string): Principal {
    const permissions: Permission[] = [
      { resource: '*', privileges: ['CREATE', 'READ', 'UPDATE', 'DELETE', 'EXECUTE'] },
    ];
    return new Principal({
      clientId: name,
      clientRowId: null,
      organizationId: '',
      customerId: '',
      credentialId: null,
      roles: [{ name: roleAdmin, customerId: '', tenants: [], permissions }],
    });
  }

  /** How the audit log names this caller. */
  get actor(): Actor {
    return {
      name: this.clientId,
      credentialId: this.credentialId,
      address: this.address,
      requestId: this.requestId,
    };
  }

  /** Whether it operates the whole server. */
  isOperator(): boolean {
    return this.roles.some((role) => role.name === roleAdmin);
  }

  /** Whether it administers that organization: all of it, every tenant included. */
  isAdminOf(customerId: string): boolean {
    return this.isOperator() || this.rolesIn(customerId).some((role) => role.name === roleAdminCustomer);
  }

  /** Whether it has anything to do with that organization; to anybody else the organization does not exist. */
  knows(customerId: string): boolean {
    return this.customerId === customerId || this.isOperator() || this.rolesIn(customerId).length > 0;
  }

  /**
   * Within which organization the database works for this caller: in that one, or in the caller's own if that one is
   * none of its business. So the database shows no foreign row even where a guard let the caller pass.
   */
  within({ id, customerId }: { readonly id: string; readonly customerId: string }): {
    organizationId: string;
  } {
    return { organizationId: this.knows(customerId) ? id : this.organizationId };
  }

  /** As within, for what is about all organizations: an operator's business alone. */
  everywhere(): 'platform' | { organizationId: string } {
    return this.isOperator() ? 'platform' : { organizationId: this.organizationId };
  }

  /** Whether it may do this in that organization, for whatever tenants. */
  may(resource: string, privilege: Privilege, customerId: string): boolean {
    if (this.isAdminOf(customerId)) return true;
    return this.rolesIn(customerId).some((role) => permits(role, resource, privilege));
  }

  /** Whether it may do this in that organization for each of these tenants. */
  mayForTenants(
    resource: string,
    privilege: Privilege,
    customerId: string,
    tenants: readonly string[],
  ): boolean {
    if (this.isAdminOf(customerId)) return true;
    const roles = this.rolesIn(customerId).filter((role) => permits(role, resource, privilege));
    return roles.length > 0 && tenants.every((tenant) => roles.some((role) => role.tenants.includes(tenant)));
  }

  /** Whether it holds that role in that organization for each of these tenants. */
  holdsForTenants(roleName: string, customerId: string, tenants: readonly string[]): boolean {
    if (this.isAdminOf(customerId)) return true;
    const roles = this.rolesIn(customerId).filter((role) => role.name === roleName);
    return roles.length > 0 && tenants.every((tenant) => roles.some((role) => role.tenants.includes(tenant)));
  }

  private rolesIn(customerId: string): HeldRole[] {
    return this.roles.filter((role) => role.customerId === customerId);
  }
}

function permits(role: HeldRole, resource: string, privilege: Privilege): boolean {
  return role.permissions.some((permission) => covers(permission, resource, privilege));
}
