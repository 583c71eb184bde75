import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inTurn } from '#libs/common';
import { type Change, ChangeFeed } from './change-feed.js';

/** Whose rows a transaction sees and may touch, by row-level security: those of one organization, or all of them. */
export type Scope = { readonly organizationId: string } | 'platform';

/** One running database transaction: its entity manager, and the changes it will tell the other instances of. */
export class Transaction {
  readonly changes: Change[] = [];
  /** Statements on their way, without which there is no commit. */
  private readonly sent: Promise<unknown>[] = [];

  constructor(
    readonly manager: EntityManager,
    private readonly scope: Scope,
  ) {}

  /** Tells every instance, at commit, that what it remembers under this topic and key is out of date. */
  announce(topic: string, key: string): void {
    this.changes.push({ topic, key });
  }

  /**
   * Takes a statement that is on its way, for which nobody needs to wait before the commit, which fails when it fails.
   * Statements take effect in the order in which they were sent.
   */
  send(statement: Promise<unknown>): void {
    // Whoever commits or gives up hears of it.
    statement.catch(() => undefined);
    this.sent.push(statement);
  }

  /** Resolves when everything that was sent has been answered. @throws the error of the first one that failed */
  settled(): Promise<void> {
    return inTurn(...this.sent);
  }

  /**
   * Does a part of the work on the rows of all organizations: for what a change here means elsewhere, and never for
   * what a caller asked for.
   */
  async acrossOrganizations<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (this.scope === 'platform') return work(this.manager);
    this.send(setScope(this.manager, 'platform'));
    try {
      return await work(this.manager);
    } finally {
      this.send(this.manager.query(`select set_config('clientele.scope', '', true)`));
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
    let changes: readonly Change[] = [];
    const result = await this.inTransaction(scope, async (transaction) => {
      const worked = await this.runAmbient(transaction, work);
      transaction.send(this.feed.append(transaction.manager, transaction.changes));
      changes = transaction.changes;
      return worked;
    });
    this.feed.applyLocally(changes);
    return result;
  }

  /**
   * The scope and what the work sends go out without waiting, the commit behind them. PostgreSQL makes of the commit of
   * a failed transaction a rollback without an error: that there was one is known by the statements.
   */
  private async inTransaction<T>(scope: Scope, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    this.feed.mustReachDatabase();
    let transaction: Transaction | undefined;
    try {
      const result = await this.dataSource.transaction((manager) => {
        transaction = new Transaction(manager, scope);
        transaction.send(setScope(manager, scope));
        return work(transaction);
      });
      await transaction?.settled();
      return result;
    } catch (error) {
      if (isConsequence(error)) await transaction?.settled();
      throw error;
    }
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
    return this.inTransaction(scope, ({ manager }) => work(manager));
  }
}

/** Whether a statement failed because one before it had failed, which tells more (`in_failed_sql_transaction`). */
function isConsequence(error: unknown): boolean {
  return (error as { driverError?: { code?: string } }).driverError?.code === '25P02';
}

/** Locally: it ends with the transaction, so that no connection carries it over to the next one. */
async function setScope(manager: EntityManager, scope: Scope): Promise<void> {
  if (scope === 'platform') await manager.query(`select set_config('clientele.scope', 'platform', true)`);
  else await manager.query(`select set_config('clientele.organization', $1, true)`, [scope.organizationId]);
}
