import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type Change, ChangeFeed } from './change-feed.js';

/** Whose rows a transaction sees and may touch, by row-level security: those of one organization, or all of them. */
export type Scope = { readonly organizationId: string } | 'platform';

/** One running database transaction: its entity manager, and the changes it will tell the other instances of. */
export class Transaction {
  readonly changes: Change[] = [];

  constructor(
    readonly manager: EntityManager,
    private readonly scope: Scope,
  ) {}

  /** Tells every instance, at commit, that what it remembers under this topic and key is out of date. */
  announce(topic: string, key: string): void {
    this.changes.push({ topic, key });
  }

  /**
   * Does a part of the work on the rows of all organizations: for what a change here means elsewhere, and never for
   * what a caller asked for.
   */
  async acrossOrganizations<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (this.scope === 'platform') return work(this.manager);
    await setScope(this.manager, 'platform');
    try {
      return await work(this.manager);
    } finally {
      // After a failed statement the transaction is lost anyhow, and takes the scope along.
      await this.manager.query(`select set_config('clientele.scope', '', true)`).catch(() => undefined);
    }
  }

  /** @throws Error when a part of the work asks for rows that the transaction does not see */
  mustReach(scope: Scope): void {
    if (this.scope === 'platform') return;
    if (scope !== 'platform' && scope.organizationId === this.scope.organizationId) return;
    throw new Error('A transaction within an organization cannot do work outside of it.');
  }
}

/** Opens the transactions of all services, so that scope, change feed and nesting are settled in one place. */
@Injectable()
export class Transactions {
  private readonly ambient = new AsyncLocalStorage<Transaction>();
  private running = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * Runs the work in one transaction; when it is called within another one, as part of that one and in its scope.
   * Its changes are written in the same transaction and are in force on this instance when the promise resolves.
   *
   * @throws DomainError `unavailable` at once when the database is known to be away
   */
  async run<T>(scope: Scope, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const outer = this.ambient.getStore();
    if (outer) {
      outer.mustReach(scope);
      return work(outer);
    }
    this.feed.mustReachDatabase();
    let changes: readonly Change[] = [];
    const result = await this.dataSource.transaction(async (manager) => {
      const transaction = new Transaction(manager, scope);
      await setScope(manager, scope);
      const worked = await this.runAmbient(transaction, work);
      await this.feed.append(manager, transaction.changes);
      changes = transaction.changes;
      return worked;
    });
    this.feed.applyLocally(changes);
    return result;
  }

  /**
   * While the storage is in use, Node 20 watches every promise of the process, which costs the token endpoint some
   * 15 %: it is switched off when the last transaction ends.
   */
  private async runAmbient<T>(
    transaction: Transaction,
    work: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    this.running++;
    try {
      return await this.ambient.run(transaction, () => work(transaction));
    } finally {
      if (--this.running === 0) this.ambient.disable();
    }
  }

  /**
   * Runs a reading piece of work; within a transaction it sees what that one wrote.
   *
   * @throws DomainError `unavailable` at once when the database is known to be away
   */
  async read<T>(scope: Scope, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const outer = this.ambient.getStore();
    if (outer) {
      outer.mustReach(scope);
      return work(outer.manager);
    }
    this.feed.mustReachDatabase();
    return this.dataSource.transaction(async (manager) => {
      await setScope(manager, scope);
      return work(manager);
    });
  }
}

/** Locally: it ends with the transaction, so that no connection carries it over to the next one. */
async function setScope(manager: EntityManager, scope: Scope): Promise<void> {
  if (scope === 'platform') await manager.query(`select set_config('clientele.scope', 'platform', true)`);
  else await manager.query(`select set_config('clientele.organization', $1, true)`, [scope.organizationId]);
}
