import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Clock, conflict, newRowId, notFound, type Page, type PageRequest } from '#libs/common';
import { fetchPage, insertRows, Transactions } from '#libs/database';
import { lockOrganization, type OrganizationRef } from './organization.entity.js';
import { Tenant } from './tenant.entity.js';

/** Lists, adds and removes the tenants of an organization. */
@Injectable()
export class TenantsService {
  constructor(
    private readonly transactions: Transactions,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  async list(caller: Principal, organization: OrganizationRef, page: PageRequest): Promise<Page<Tenant>> {
    const { id: organizationId } = organization;
    return this.transactions.read(caller.within(organization), (manager) => {
      const query = manager.createQueryBuilder(Tenant, 'tenant');
      return fetchPage(query.where('tenant.organizationId = :organizationId', { organizationId }), page);
    });
  }

  /** Every tenant id of the organization. */
  async listIds(caller: Principal, organization: OrganizationRef): Promise<string[]> {
    const tenants = await this.transactions.read(caller.within(organization), (manager) =>
      manager.find(Tenant, {
        where: { organizationId: organization.id },
        order: { createdAt: 'ASC', id: 'ASC' },
      }),
    );
    return tenants.map((tenant) => tenant.tenantId);
  }

  /** @throws DomainError `conflict` when the organization has a tenant of that id */
  async create(caller: Principal, organization: OrganizationRef, tenantId: string): Promise<Tenant> {
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const tenant: Tenant = {
        id: newRowId(),
        organizationId: organization.id,
        tenantId,
        createdAt: this.clock.now(),
      };
      const inserted = await insertRows(transaction.manager, Tenant, [tenant], 'ignored');
      if (inserted.length === 0) throw conflict('The customer has a tenant of that id.', 'tenant_id_taken');
      await this.audit.record(transaction, caller.actor, {
        organizationId: organization.id,
        action: 'tenant.created',
        targetType: 'tenant',
        targetId: tenantId,
      });
      return tenant;
    });
  }

  /**
   * Deletes a tenant and takes it out of every grant that names it; tokens that carry it are dead at once.
   *
   * @throws DomainError `not_found`
   */
  async delete(caller: Principal, organization: OrganizationRef, tenantId: string): Promise<void> {
    await this.transactions.run(caller.within(organization), async (transaction) => {
      const { manager } = transaction;
      await lockOrganization(manager, organization);
      const { affected } = await manager.delete(Tenant, { organizationId: organization.id, tenantId });
      if (!affected) throw notFound('tenant');
      const clients = await manager.query<{ client_id: string }[]>(
        `with bereft as (
           update client set
             roles = (select coalesce(jsonb_object_agg(role, tenants - $2), '{}') from jsonb_each(roles) as held (role, tenants)),
             token_generation = token_generation + 1
           where organization_id = $1 and jsonb_path_exists(roles, '$.*[*] ? (@ == $tenant)', jsonb_build_object('tenant', $2::text))
           returning client_id)
         select client_id from bereft`,
        [organization.id, tenantId],
      );
      for (const client of clients) transaction.announce('client', client.client_id);
      await this.audit.record(transaction, caller.actor, {
        organizationId: organization.id,
        action: 'tenant.deleted',
        targetType: 'tenant',
        targetId: tenantId,
        details: { clients: clients.map((client) => client.client_id) },
      });
    });
  }
}
