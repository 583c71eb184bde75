import { Injectable } from '@nestjs/common';
import { type EntityManager, In, IsNull } from 'typeorm';
import type { Principal } from '#libs/access';
import { Clock, forbidden, newRowId, notFound, type Page, type PageRequest, pageOf } from '#libs/common';
import { fetchPage, insertRows, type Transaction, Transactions } from '#libs/database';
import type { OrganizationRef } from './organization.entity.js';
import { Snapshot, type SnapshotKind } from './snapshot.entity.js';

/** At which moment things are looked at. */
export interface Moment {
  /** Undefined: now. `any`: whether it holds, held or will hold. */
  readonly at: Date | 'any' | undefined;
  readonly includesDeleted: boolean;
}

/** A snapshot to record. */
export type SnapshotDraft = Pick<
  Snapshot,
  'organizationId' | 'kind' | 'parentId' | 'parentCreatedAt' | 'setupId' | 'clientId' | 'state' | 'validFrom'
> & { readonly isInForce: boolean };

/** Whose states are looked for. */
export interface ParentSearch extends Moment {
  readonly kind: SnapshotKind;
  /** Only clients of this setup, or of none when it is the default one. */
  readonly setup?: { readonly id: string; readonly isDefault: boolean };
  /** What the state must contain, as `@>` of PostgreSQL has it. */
  readonly contains: object;
}

/** A setup or client that was found by one of its states. */
export interface FoundParent {
  readonly id: string;
  readonly createdAt: Date;
  readonly clientId: string | null;
  readonly name: string | null;
}

/** A snapshot whose time has come. */
export interface DueSnapshot {
  readonly id: string;
  readonly kind: SnapshotKind;
  readonly parentId: string;
  readonly clientId: string | null;
  readonly organization: OrganizationRef;
}

const mostDueAtOnce = 200;

/** Called off before its time, it never was a state; one that failed neither. */
function isVisible(includesDeleted: string, isAny: string): string {
  return `s.failure is null and (s.deleted_at is null or (${includesDeleted} and (s.applied_at is not null or ${isAny})))`;
}

/** The states of setups and clients in the course of time. */
@Injectable()
export class Snapshots {
  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** Records states as part of the transaction that brings them about, or plans them. */
  record(transaction: Transaction, drafts: readonly SnapshotDraft[]): Snapshot[] {
    const now = this.clock.now();
    const snapshots = drafts.map(
      ({ isInForce, ...draft }): Snapshot => ({
        ...draft,
        id: newRowId(),
        createdAt: now,
        appliedAt: isInForce ? now : null,
        deletedAt: null,
        failure: null,
      }),
    );
    transaction.send(insertRows(transaction.manager, Snapshot, snapshots));
    return snapshots;
  }

  /** What remains of things that are deleted: their states, which no longer hold. */
  async bury({ manager }: Transaction, parentIds: readonly string[]): Promise<void> {
    const where = { parentId: In([...parentIds]), deletedAt: IsNull() };
    await manager.update(Snapshot, where, { deletedAt: this.clock.now() });
  }

  /** The state of a thing at a moment, or null. At `any`: the one that holds, or held last, or else will hold first. */
  async find(
    caller: Principal,
    organization: OrganizationRef,
    kind: SnapshotKind,
    parentId: string,
    { at, includesDeleted }: Moment,
  ): Promise<Snapshot | null> {
    const isAny = at === 'any';
    const moment = isAny || !at ? this.clock.now() : at;
    return this.transactions.read(caller.within(organization), async (manager) => {
      const visible = () =>
        manager
          .createQueryBuilder(Snapshot, 's')
          .where({ organizationId: organization.id, kind, parentId })
          .andWhere(isVisible(':includesDeleted', ':isAny'), { includesDeleted, isAny });
      const held = await visible()
        .andWhere('s.validFrom <= :moment', { moment })
        .orderBy({ 's.validFrom': 'DESC', 's.createdAt': 'DESC' })
        .limit(1)
        .getOne();
      if (held || !isAny) return held;
      return visible().orderBy({ 's.validFrom': 'ASC', 's.createdAt': 'ASC' }).limit(1).getOne();
    });
  }

  /**
   * The setups or clients that have a state as it is looked for, the oldest first. They are gone through in the order of
   * an index until the page is full, and for each its state is looked up.
   */
  async search(
    caller: Principal,
    organization: OrganizationRef,
    { kind, setup, at, includesDeleted, contains }: ParentSearch,
    { limit, after }: PageRequest,
  ): Promise<Page<FoundParent>> {
    const isAny = at === 'any';
    const rows = await this.transactions.read(caller.within(organization), (manager) =>
      manager.query<FoundParent[]>(
        `select p.parent_id as id, p.parent_created_at as "createdAt", latest.client_id as "clientId",
           latest.state ->> 'name' as name
         from (select distinct parent_created_at, parent_id from snapshot
           where organization_id = $1 and kind = $4
             ${after ? 'and (parent_created_at, parent_id) > ($10, $11)' : ''}) as p
         cross join lateral (
           select s.state, s.client_id from snapshot s
           where s.parent_id = p.parent_id and s.organization_id = $1 and ${isVisible('$2', '$3')}
             and ($3 or s.valid_from <= $5) and ($6::uuid is null or s.setup_id = $6 or ($7 and s.setup_id is null))
             and (not $3 or s.state @> $8)
           order by s.valid_from desc, s.created_at desc limit 1) as latest
         where latest.state @> $8 order by p.parent_created_at, p.parent_id limit $9`,
        [
          organization.id,
          includesDeleted,
          isAny,
          kind,
          isAny ? null : (at ?? this.clock.now()),
          setup?.id ?? null,
          setup?.isDefault ?? false,
          contains,
          limit + 1,
          ...(after ? [after.createdAt, after.id] : []),
        ],
      ),
    );
    return pageOf(rows, limit);
  }

  /** The snapshots of one thing, the oldest first. */
  async list(
    caller: Principal,
    organization: OrganizationRef,
    parentId: string,
    includesDeleted: boolean,
    page: PageRequest,
  ): Promise<Page<Snapshot>> {
    return this.transactions.read(caller.within(organization), (manager) => {
      const query = manager
        .createQueryBuilder(Snapshot, 's')
        .where('s.organizationId = :organizationId', { organizationId: organization.id })
        .andWhere('s.parentId = :parentId', { parentId });
      if (!includesDeleted) query.andWhere('s.deletedAt is null');
      return fetchPage(query, page);
    });
  }

  /** @throws DomainError `not_found` */
  async get(
    caller: Principal,
    organization: OrganizationRef,
    parentId: string,
    snapshotId: string,
    includesDeleted: boolean,
  ): Promise<Snapshot> {
    const snapshot = await this.transactions.read(caller.within(organization), (manager) =>
      manager.findOneBy(Snapshot, { organizationId: organization.id, parentId, id: snapshotId }),
    );
    if (!snapshot || (snapshot.deletedAt && !includesDeleted)) throw notFound('snapshot');
    return snapshot;
  }

  /**
   * Calls off a state that is yet to come.
   *
   * @throws DomainError `not_found`, `forbidden` for the only one that is left, or for one that has taken effect
   */
  async cancel({ manager }: Transaction, parentId: string, snapshotId: string): Promise<Snapshot> {
    const now = this.clock.now();
    const live = await manager.find(Snapshot, {
      where: { parentId, deletedAt: IsNull() },
      lock: { mode: 'pessimistic_write' },
    });
    const snapshot = live.find(({ id }) => id === snapshotId);
    if (!snapshot) throw notFound('snapshot');
    if (live.length === 1) throw forbidden('The last snapshot cannot be deleted.', 'delete_forbidden');
    if (snapshot.appliedAt || snapshot.validFrom <= now) {
      throw forbidden('Only a snapshot that is yet to take effect can be deleted.', 'invalid_snapshot');
    }
    await manager.update(Snapshot, { id: snapshotId }, { deletedAt: now });
    return { ...snapshot, deletedAt: now };
  }

  /** Whether the thing has had a state in force; one that is planned has not. */
  async hasBegun({ manager }: Transaction, parentId: string): Promise<boolean> {
    const query = manager.createQueryBuilder(Snapshot, 's').where('s.parentId = :parentId', { parentId });
    return query.andWhere('s.appliedAt is not null').getExists();
  }

  /** Those whose time has come, in the order in which they take effect. */
  async listDue(organizationId?: string): Promise<DueSnapshot[]> {
    const rows = await this.transactions.read(organizationId ? { organizationId } : 'platform', (manager) =>
      manager.query<(Omit<DueSnapshot, 'organization'> & { organizationId: string; customerId: string })[]>(
        `select s.id, s.kind, s.parent_id as "parentId", s.client_id as "clientId",
           o.id as "organizationId", o.customer_id as "customerId"
         from snapshot s join organization o on o.id = s.organization_id
         where s.applied_at is null and s.deleted_at is null and s.valid_from <= $1
           and ($2::uuid is null or s.organization_id = $2)
         order by s.valid_from, s.created_at limit ${mostDueAtOnce}`,
        [this.clock.now(), organizationId ?? null],
      ),
    );
    return rows.map(({ organizationId: id, customerId, ...due }) => ({
      ...due,
      organization: { id, customerId },
    }));
  }

  /** Locks one whose time has come; null when it took effect, or was called off, meanwhile. */
  async lockDue({ manager }: Transaction, snapshotId: string): Promise<Snapshot | null> {
    return manager.findOne(Snapshot, {
      where: { id: snapshotId, appliedAt: IsNull(), deletedAt: IsNull() },
      lock: { mode: 'pessimistic_write' },
    });
  }

  async markApplied(manager: EntityManager, snapshotId: string): Promise<void> {
    await manager.update(Snapshot, { id: snapshotId }, { appliedAt: this.clock.now() });
  }

  /** One that cannot take effect is given up, so that it is not tried for ever. */
  async markFailed(manager: EntityManager, snapshotId: string, failure: string): Promise<void> {
    await manager.update(Snapshot, { id: snapshotId }, { deletedAt: this.clock.now(), failure });
  }
}
