import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { authorityScopes, type Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Clock, forbidden, invalid, newRowId, notFound, type Page, type PageRequest } from '#libs/common';
import { fetchPage, type Transaction, Transactions } from '#libs/database';
import { lockOrganization, type OrganizationRef } from './organization.entity.js';
import { ResourceServer } from './resource-server.entity.js';
import { getSetup } from './setup-rows.js';

/** What a caller may say of a resource server. */
export type ResourceServerDraft = Pick<
  ResourceServer,
  'name' | 'owner' | 'comment' | 'metadata' | 'scopes' | 'scopePolicies'
>;

const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;

/** The resource servers of a setup: they declare the scopes that its clients may request. */
@Injectable()
export class ResourceServersService {
  constructor(
    private readonly transactions: Transactions,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `not_found` */
  async list(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    page: PageRequest,
  ): Promise<Page<ResourceServer>> {
    return this.transactions.read(caller.within(organization), async (manager) => {
      await getSetup(manager, organization, setupId);
      const query = manager.createQueryBuilder(ResourceServer, 'server');
      return fetchPage(query.where('server.setupId = :setupId', { setupId }), page);
    });
  }

  /** @throws DomainError `not_found` */
  async get(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    id: string,
  ): Promise<ResourceServer> {
    return this.transactions.read(caller.within(organization), async (manager) => {
      await getSetup(manager, organization, setupId);
      return getServer(manager, setupId, id);
    });
  }

  /** @throws DomainError `not_found`, `invalid` */
  async create(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    draft: ResourceServerDraft,
  ): Promise<ResourceServer> {
    mustBeDeclarable(draft);
    return this.change(caller, organization, setupId, async (transaction) => {
      const now = this.clock.now();
      const server: ResourceServer = {
        ...draft,
        id: newRowId(),
        organizationId: organization.id,
        setupId,
        createdAt: now,
        updatedAt: now,
      };
      await transaction.manager.insert(ResourceServer, server as object);
      await this.settle(transaction, caller, organization, server, 'resource_server.created');
      return server;
    });
  }

  /** @throws DomainError `not_found`, `invalid` for a scope that is taken away while clients have it */
  async replace(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    id: string,
    draft: ResourceServerDraft,
  ): Promise<ResourceServer> {
    mustBeDeclarable(draft);
    return this.change(caller, organization, setupId, async (transaction) => {
      const before = await getServer(transaction.manager, setupId, id);
      const lost = await findLostScope(transaction.manager, before, draft);
      if (lost) {
        throw invalid('The scopes are in use.', [
          { path: 'scopes', message: `must go on declaring ${lost}, which clients of the setup have` },
        ]);
      }
      const after = { ...before, ...draft, updatedAt: this.clock.now() };
      await transaction.manager
        .createQueryBuilder()
        .update(ResourceServer)
        .set({ ...draft, updatedAt: after.updatedAt } as object)
        .where({ id, setupId })
        .execute();
      await this.settle(transaction, caller, organization, after, 'resource_server.replaced');
      return after;
    });
  }

  /** @throws DomainError `not_found`, `forbidden` while clients have one of its scopes */
  async delete(caller: Principal, organization: OrganizationRef, setupId: string, id: string): Promise<void> {
    await this.change(caller, organization, setupId, async (transaction) => {
      const server = await getServer(transaction.manager, setupId, id);
      const lost = await findLostScope(transaction.manager, server, { scopes: [] });
      if (lost) throw forbidden(`Clients of the setup have the scope ${lost}.`, 'delete_forbidden');
      await transaction.manager.delete(ResourceServer, { id, setupId });
      await this.settle(transaction, caller, organization, server, 'resource_server.deleted');
    });
  }

  private change<T>(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    work: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    return this.transactions.run(caller.within(organization), async (transaction) => {
      await lockOrganization(transaction.manager, organization);
      await getSetup(transaction.manager, organization, setupId);
      return work(transaction);
    });
  }

  private async settle(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    { id, setupId, name, scopes }: ResourceServer,
    action: string,
  ): Promise<void> {
    // Clients that name no scopes may request all that are declared.
    transaction.announce('organization', organization.id);
    await this.audit.record(transaction, caller.actor, {
      organizationId: organization.id,
      action,
      targetType: 'resource_server',
      targetId: id,
      details: { setupId, name, scopes: scopes.map((scope) => scope.name) },
    });
  }
}

/** The scopes that the resource servers of a setup declare; within a transaction. */
export async function declaredScopes(manager: EntityManager, setupId: string): Promise<ReadonlySet<string>> {
  const servers = await manager.findBy(ResourceServer, { setupId });
  return new Set(servers.flatMap((server) => server.scopes.map(({ name }) => name)));
}

async function getServer(manager: EntityManager, setupId: string, id: string): Promise<ResourceServer> {
  const server = await manager.findOneBy(ResourceServer, { setupId, id });
  if (!server) throw notFound('resource server');
  return server;
}

/** RFC 6749 §3.3; and what entitles on our own surfaces is given by the operator, not declared by anybody. */
function mustBeDeclarable({ scopes }: ResourceServerDraft): void {
  const issues = scopes.flatMap(({ name }, index) => {
    const path = `scopes[${index}]`;
    if (!scopePattern.test(name)) {
      return [{ path, message: 'must be a scope token of at most 128 characters (RFC 6749, section 3.3)' }];
    }
    return authorityScopes.has(name) ? [{ path, message: 'must not be a scope of this server itself' }] : [];
  });
  if (new Set(scopes.map(({ name }) => name)).size < scopes.length) {
    issues.push({ path: 'scopes', message: 'must not have the same scope twice' });
  }
  if (issues.length > 0) throw invalid('The resource server is not valid.', issues);
}

/** A scope that would no longer be declared although clients have it, or are planned to. */
async function findLostScope(
  manager: EntityManager,
  before: ResourceServer,
  after: Pick<ResourceServer, 'scopes'>,
): Promise<string | undefined> {
  const others = await manager.findBy(ResourceServer, { setupId: before.setupId });
  const kept = new Set(
    [...others.filter(({ id }) => id !== before.id), after].flatMap(({ scopes }) =>
      scopes.map(({ name }) => name),
    ),
  );
  const lost = before.scopes.map(({ name }) => name).filter((name) => !kept.has(name));
  const [used] = await manager.query<{ name: string }[]>(
    `select lost.name from unnest($2::text[]) as lost (name)
     where exists (select 1 from client c where c.setup_id = $1 and lost.name = any (c.scopes))
       or exists (select 1 from snapshot s where s.setup_id = $1 and s.applied_at is null and s.deleted_at is null
         and s.state -> 'scopes' ? lost.name)
     limit 1`,
    [before.setupId, lost],
  );
  return used?.name;
}
