import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type GrantContext,
  mustHold,
  mustMayGrant,
  type Permission,
  type Principal,
  roleNameRule,
} from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Clock, conflict, invalid, newRowId, notFound, type Page, type PageRequest } from '#libs/common';
import { fetchPage, insertRows, type Transaction, Transactions } from '#libs/database';
import { lockOrganization, type OrganizationRef } from './organization.entity.js';
import { OrganizationRole } from './organization-role.entity.js';
import { Tenant } from './tenant.entity.js';

/** The roles that an organization makes for itself. */
@Injectable()
export class RolesService {
  constructor(
    private readonly transactions: Transactions,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  async list(
    caller: Principal,
    organization: OrganizationRef,
    page: PageRequest,
  ): Promise<Page<OrganizationRole>> {
    const { id: organizationId } = organization;
    return this.transactions.read(caller.within(organization), (manager) => {
      const query = manager.createQueryBuilder(OrganizationRole, 'role');
      return fetchPage(query.where('role.organizationId = :organizationId', { organizationId }), page);
    });
  }

  /** @throws DomainError `not_found` */
  async get(caller: Principal, organization: OrganizationRef, name: string): Promise<OrganizationRole> {
    return this.transactions.read(caller.within(organization), (manager) =>
      getRole(manager, organization, name),
    );
  }

  /**
   * @throws DomainError `invalid` for a name that breaks the rules, `conflict` for one that is taken, `forbidden`
   *   when the caller does not hold each of the permissions
   */
  async create(
    caller: Principal,
    organization: OrganizationRef,
    name: string,
    permissions: readonly Permission[],
  ): Promise<OrganizationRole> {
    const rule = roleNameRule(name);
    if (rule) throw invalid('The role name is not allowed.', [{ path: 'roleName', message: rule }]);
    mustHold(caller, permissions, organization.customerId, []);
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const now = this.clock.now();
      const role: OrganizationRole = {
        id: newRowId(),
        organizationId: organization.id,
        name,
        nameKey: name.toUpperCase(),
        permissions,
        createdAt: now,
        updatedAt: now,
      };
      const inserted = await insertRows(transaction.manager, OrganizationRole, [role], 'ignored');
      if (inserted.length === 0) throw conflict('The customer has a role of that name.', 'role_name_taken');
      await this.settle(transaction, caller, organization, 'role.created', role.name, { permissions });
      return role;
    });
  }

  /**
   * Replaces what a role permits, at once for every client that holds it.
   *
   * @throws DomainError `not_found`, or `forbidden` when the caller does not himself hold what the role had and is to
   *   have, for all the tenants for which clients hold the role
   */
  async replace(
    caller: Principal,
    organization: OrganizationRef,
    name: string,
    permissions: readonly Permission[],
  ): Promise<OrganizationRole> {
    return this.transactions.run(caller.within(organization), async (transaction) => {
      await lockOrganization(transaction.manager, organization);
      const role = await getRole(transaction.manager, organization, name);
      const { isHeld, tenants } = await holdersOf(transaction.manager, organization, role);
      mustHold(caller, [...role.permissions, ...permissions], organization.customerId, tenants);
      if (isHeld) mustMayGrant(caller, { [role.name]: tenants }, contextOf(organization, role));
      const updatedAt = this.clock.now();
      await transaction.manager
        .createQueryBuilder()
        .update(OrganizationRole)
        .set({ permissions, updatedAt } as object)
        .where({ id: role.id, organizationId: organization.id })
        .execute();
      await this.settle(transaction, caller, organization, 'role.replaced', role.name, {
        before: role.permissions,
        after: permissions,
      });
      return { ...role, permissions, updatedAt };
    });
  }

  /**
   * Deletes a role that no client holds.
   *
   * @throws DomainError `not_found`, or `conflict` while a client holds it
   */
  async delete(caller: Principal, organization: OrganizationRef, name: string): Promise<void> {
    await this.transactions.run(caller.within(organization), async (transaction) => {
      const { manager } = transaction;
      await lockOrganization(manager, organization);
      const role = await getRole(manager, organization, name);
      mustHold(caller, role.permissions, organization.customerId, []);
      const [holder] = await manager.query<unknown[]>(
        'select 1 from client where organization_id = $1 and roles ? $2 limit 1',
        [organization.id, role.name],
      );
      if (holder) throw conflict('Clients hold this role; take it from them first.', 'role_in_use');
      await manager.delete(OrganizationRole, { id: role.id, organizationId: organization.id });
      await this.settle(transaction, caller, organization, 'role.deleted', role.name, {});
    });
  }

  /** What is needed to judge grants in the organization; within a transaction. */
  async grantContext(manager: EntityManager, organization: OrganizationRef): Promise<GrantContext> {
    // Shared locks: a role or tenant that is being granted cannot be deleted meanwhile.
    const lock = { mode: 'pessimistic_read' } as const;
    const roles = await manager.find(OrganizationRole, { where: { organizationId: organization.id }, lock });
    const tenants = await manager.find(Tenant, { where: { organizationId: organization.id }, lock });
    return {
      customerId: organization.customerId,
      roles: new Map(roles.map((role) => [role.name, role.permissions])),
      tenants: new Set(tenants.map((tenant) => tenant.tenantId)),
    };
  }

  private async settle(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    action: string,
    targetId: string,
    details: object,
  ): Promise<void> {
    transaction.announce('organization', organization.id);
    await this.audit.record(transaction, caller.actor, {
      organizationId: organization.id,
      action,
      targetType: 'role',
      targetId,
      details,
    });
  }
}

/** Whether clients hold the role, and for which tenants. */
async function holdersOf(
  manager: EntityManager,
  organization: OrganizationRef,
  role: OrganizationRole,
): Promise<{ isHeld: boolean; tenants: string[] }> {
  const rows = await manager.query<{ tenant: string | null }[]>(
    `select distinct tenant from client left join jsonb_array_elements_text(roles -> $2) as tenant on true
     where organization_id = $1 and roles ? $2`,
    [organization.id, role.name],
  );
  return { isHeld: rows.length > 0, tenants: rows.flatMap(({ tenant }) => tenant ?? []) };
}

/** What is known of one role alone, to judge who may grant it as it is. */
function contextOf({ customerId }: OrganizationRef, { name, permissions }: OrganizationRole): GrantContext {
  return { customerId, roles: new Map([[name, permissions]]), tenants: new Set() };
}

async function getRole(
  manager: EntityManager,
  organization: OrganizationRef,
  name: string,
): Promise<OrganizationRole> {
  const role = await manager.findOneBy(OrganizationRole, {
    organizationId: organization.id,
    nameKey: name.toUpperCase(),
  });
  if (!role) throw notFound('role');
  return role;
}
