import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { adminRoleOf, type Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import {
  Clock,
  conflict,
  forbidden,
  type Issue,
  invalid,
  newRowId,
  notFound,
  type Page,
  type PageRequest,
  Settings,
} from '#libs/common';
import { fetchPage, insertRows, type Transaction, Transactions } from '#libs/database';
import {
  lockOrganization,
  Organization,
  type OrganizationRef,
  type OrganizationSettings,
  type TokenQuota,
  type TokenReuse,
} from './organization.entity.js';
import { Tenant } from './tenant.entity.js';

/** What a caller may say of an organization. */
export interface OrganizationDraft {
  readonly customerId: string;
  readonly name: string;
  readonly description: string | null;
  readonly enabled: boolean;
  readonly settings: OrganizationSettings;
  readonly jwtVersion: string | null;
  readonly tokenReuse: TokenReuse;
  readonly maxActiveTokens: number | null;
}

/** Creates, reads, replaces and deletes organizations. That the caller may do so is settled by the guards. */
@Injectable()
export class OrganizationsService {
  constructor(
    private readonly transactions: Transactions,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * @param tenantIds the tenants to begin with
   * @throws DomainError `conflict` when the customer id is taken, `invalid` when a setting exceeds the server's
   */
  async create(
    caller: Principal,
    draft: OrganizationDraft,
    tenantIds: readonly string[],
  ): Promise<Organization> {
    this.mustRespectCeilings(draft.settings);
    return this.transactions.run(caller.everywhere(), async (transaction) => {
      const { manager } = transaction;
      const now = this.clock.now();
      const organization: Organization = {
        ...draft,
        id: newRowId(),
        tokenGeneration: 1,
        createdAt: now,
        updatedAt: now,
      };
      const inserted = await insertRows(manager, Organization, [organization], 'ignored');
      if (inserted.length === 0) throw conflict('The customer id is taken.', 'customer_id_taken');
      await insertTenants(manager, organization.id, tenantIds, now);
      await this.record(transaction, caller, organization, 'organization.created', { tenants: tenantIds });
      return organization;
    });
  }

  /** The organization with that public key, or null. */
  async find(customerId: string): Promise<Organization | null> {
    return this.transactions.read('platform', (manager) => manager.findOneBy(Organization, { customerId }));
  }

  /** @throws DomainError `not_found` */
  async get(caller: Principal, ref: OrganizationRef): Promise<Organization> {
    const organization = await this.transactions.read(caller.within(ref), (manager) =>
      manager.findOneBy(Organization, { id: ref.id }),
    );
    if (!organization) throw notFound('customer');
    return organization;
  }

  /** Pages through the organizations that are the caller's business: all of them to an operator, else its own. */
  async list(caller: Principal, page: PageRequest): Promise<Page<Organization>> {
    const { organizationId } = caller;
    const isOperator = caller.isOperator();
    return this.transactions.read(caller.everywhere(), (manager) => {
      const query = manager.createQueryBuilder(Organization, 'organization');
      if (!isOperator) query.where('organization.id = :organizationId', { organizationId });
      return fetchPage(query, page);
    });
  }

  /**
   * Replaces everything but the customer id. Suspending (`enabled: false`) is in force at once.
   *
   * @throws DomainError `not_found`, `invalid` when a setting exceeds the server's, or `conflict` when an operator
   *   would lock itself out
   */
  async replace(caller: Principal, ref: OrganizationRef, draft: OrganizationDraft): Promise<Organization> {
    this.mustRespectCeilings(draft.settings);
    if (!draft.enabled) mustNotLockOut(caller, ref);
    return this.transactions.run(caller.within(ref), async (transaction) => {
      const before = await lockOrganization(transaction.manager, ref);
      const { customerId: _fixed, ...changes } = { ...draft, settings: settingsFor(caller, before, draft) };
      const updatedAt = this.clock.now();
      // A suspension ends all tokens for good: lifting it revives none.
      const tokenGeneration = before.tokenGeneration + (before.enabled && !changes.enabled ? 1 : 0);
      await transaction.manager.update(
        Organization,
        { id: ref.id },
        { ...changes, tokenGeneration, updatedAt },
      );
      const after: Organization = { ...before, ...changes, tokenGeneration, updatedAt };
      transaction.announce('organization', ref.id);
      await this.record(transaction, caller, after, 'organization.replaced', {
        before: toDetails(before),
        after: toDetails(after),
      });
      return after;
    });
  }

  /**
   * Deletes the organization with everything it owns, and every grant elsewhere that made somebody its administrator.
   *
   * @throws DomainError `not_found`, or `conflict` when an operator would lock itself out
   */
  async delete(caller: Principal, ref: OrganizationRef): Promise<void> {
    mustNotLockOut(caller, ref);
    await this.transactions.run(caller.everywhere(), async (transaction) => {
      const { manager } = transaction;
      const organization = await lockOrganization(manager, ref);
      await this.record(transaction, caller, organization, 'organization.deleted', {});
      await manager.delete(Organization, { id: ref.id });
      transaction.announce('organization', ref.id);
      const holders = await manager.query<{ client_id: string }[]>(
        // The first condition says nothing new: it is the one of the index client_administrators.
        `with stripped as (
           update client set roles = roles - $1, token_generation = token_generation + 1
           where roles::text like '%ROLE\\_ADMIN\\_CUSTOMER\\_%' and roles ? $1 returning client_id)
         select client_id from stripped`,
        [adminRoleOf(ref.customerId)],
      );
      for (const holder of holders) transaction.announce('client', holder.client_id);
    });
  }

  private mustRespectCeilings(settings: OrganizationSettings): void {
    const { accessTokenTtlSeconds, maxAccessTokenTtlSeconds, maxCredentialsPerClient } = settings;
    const issues: Issue[] = [];
    const ceiling = this.settings.maxAccessTokenTtlSeconds;
    if ((maxAccessTokenTtlSeconds ?? 0) > ceiling) {
      issues.push({
        path: 'settings.maxAccessTokenTtlSeconds',
        message: `must be at most ${ceiling}, the server's ceiling`,
      });
    }
    const own = maxAccessTokenTtlSeconds ?? Math.min(3600, ceiling);
    if ((accessTokenTtlSeconds ?? 0) > own) {
      issues.push({
        path: 'settings.accessTokenTtlSeconds',
        message: `must be at most ${own}, the customer's ceiling`,
      });
    }
    const most = this.settings.maxCredentialsPerClient;
    if ((maxCredentialsPerClient ?? 0) > most) {
      issues.push({
        path: 'settings.maxCredentialsPerClient',
        message: `must be at most ${most}, the server's ceiling`,
      });
    }
    const { credentialDefaultTtlSeconds = 0, credentialMaxAgeSeconds: maxAge } = settings;
    if (maxAge !== undefined && credentialDefaultTtlSeconds > maxAge) {
      issues.push({
        path: 'settings.credentialDefaultTtlSeconds',
        message: `must be at most ${maxAge}, the customer's maximum age of credentials`,
      });
    }
    if (issues.length > 0) throw invalid('The settings exceed what the server allows.', issues);
  }

  private async record(
    transaction: Transaction,
    caller: Principal,
    organization: Organization,
    action: string,
    details: object,
  ): Promise<void> {
    await this.audit.record(transaction, caller.actor, {
      organizationId: organization.id,
      action,
      targetType: 'organization',
      targetId: organization.customerId,
      details,
    });
  }
}

/**
 * What an organization is allowed by the operator stays when its own administrators replace it.
 *
 * @throws DomainError `forbidden` when they name another quota than they have
 */
function settingsFor(
  caller: Principal,
  { settings: { tokenQuota } }: Organization,
  { settings }: OrganizationDraft,
): OrganizationSettings {
  if (caller.isOperator()) return settings;
  if (settings.tokenQuota && !isSame(settings.tokenQuota, tokenQuota)) {
    throw forbidden('Only operators change settings.tokenQuota.');
  }
  return tokenQuota ? { ...settings, tokenQuota } : settings;
}

function isSame(one: TokenQuota, other: TokenQuota | undefined): boolean {
  const isOfSameMode = (one.mode ?? 'enforce') === (other?.mode ?? 'enforce');
  return one.tokens === other?.tokens && one.seconds === other.seconds && isOfSameMode;
}

/** The organization of the operators: without it nobody could get in again. */
function mustNotLockOut(caller: Principal, ref: OrganizationRef): void {
  if (!caller.isOperator() || caller.organizationId !== ref.id) return;
  throw conflict(
    'You cannot delete or suspend the customer that you operate the server from.',
    'own_customer',
  );
}

async function insertTenants(
  manager: EntityManager,
  organizationId: string,
  tenantIds: readonly string[],
  createdAt: Date,
): Promise<void> {
  const tenants = [...new Set(tenantIds)].map((tenantId) => ({
    id: newRowId(),
    organizationId,
    tenantId,
    createdAt,
  }));
  if (tenants.length > 0) await insertRows(manager, Tenant, tenants);
}

function toDetails({
  name,
  description,
  enabled,
  settings,
  tokenReuse,
  maxActiveTokens,
}: Organization): object {
  return { name, description, enabled, settings, tokenReuse, maxActiveTokens };
}
