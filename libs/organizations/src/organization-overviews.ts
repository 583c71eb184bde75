import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { Principal } from '#libs/access';
import { Transactions } from '#libs/database';
import type { Organization } from './organization.entity.js';
import { OrganizationRole } from './organization-role.entity.js';
import { Tenant } from './tenant.entity.js';

/** An organization with the names of what it owns. */
export interface OrganizationOverview {
  readonly organization: Organization;
  readonly tenantIds: readonly string[];
  readonly roleNames: readonly string[];
}

/** Adds to organizations what belongs to them: for a whole page in two statements. */
@Injectable()
export class OrganizationOverviews {
  constructor(private readonly transactions: Transactions) {}

  async of(caller: Principal, organization: Organization): Promise<OrganizationOverview> {
    const [overview] = await this.ofAll(caller, [organization]);
    return overview as OrganizationOverview;
  }

  /** @param organizations those that the caller may see: that is settled by who found them */
  async ofAll(caller: Principal, organizations: readonly Organization[]): Promise<OrganizationOverview[]> {
    const [first, second] = organizations;
    if (!first) return [];
    const where = { organizationId: In(organizations.map(({ id }) => id)) };
    const order = { createdAt: 'ASC', id: 'ASC' } as const;
    const scope = second ? caller.everywhere() : caller.within(first);
    return this.transactions.read(scope, async (manager) => {
      const tenants = groupByOrganization(await manager.find(Tenant, { where, order }));
      const roles = groupByOrganization(await manager.find(OrganizationRole, { where, order }));
      return organizations.map((organization) => ({
        organization,
        tenantIds: (tenants.get(organization.id) ?? []).map(({ tenantId }) => tenantId),
        roleNames: (roles.get(organization.id) ?? []).map(({ name }) => name),
      }));
    });
  }
}

function groupByOrganization<T extends { organizationId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.organizationId);
    if (group) group.push(row);
    else groups.set(row.organizationId, [row]);
  }
  return groups;
}
