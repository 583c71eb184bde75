import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PlatformDataSource } from './platform-data-source.js';

const everyMs = 60_000;
const batchSize = 5_000;
const mostBatches = 40;
const lockName = 'clientele housekeeping';

interface Chore {
  readonly table: string;
  readonly condition: string;
  /** What is done to the rows, in SQL. */
  readonly deed: string;
}

/**
 * Deletes what has run out: in bounded batches, so that nobody waits for it, and by one of the instances at a time.
 */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Housekeeping.name);
  private readonly chores: Chore[] = [];
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly dataSource: PlatformDataSource) {}

  /** Has the rows of the table deleted that meet the condition, which is SQL of ours and never of a request. */
  deleteWhere(table: string, condition: string): void {
    this.chores.push({ table, condition, deed: `delete from ${table}` });
  }

  /** Has the column of such rows emptied; the condition need not ask whether it is empty. */
  emptyWhere(table: string, column: string, condition: string): void {
    const deed = `update ${table} set ${column} = null`;
    this.chores.push({ table, condition: `${column} is not null and ${condition}`, deed });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.runOnce().catch((error: Error) =>
        this.logger.warn(`Housekeeping failed: ${error.message}`),
      );
    }, everyMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Does every chore once, unless another instance is at it. */
  async runOnce(): Promise<void> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const [lock] = await runner.query('select pg_try_advisory_lock(hashtext($1)) as taken', [lockName]);
      if (!lock.taken) return;
      try {
        for (const { table, condition, deed } of this.chores) {
          for (let batch = 0; batch < mostBatches; batch++) {
            const [, changed] = await runner.query(
              `${deed} where ctid = any(array(select ctid from ${table} where ${condition} limit ${batchSize}))`,
            );
            if (changed < batchSize) break;
          }
        }
      } finally {
        await runner.query('select pg_advisory_unlock(hashtext($1))', [lockName]);
      }
    } finally {
      await runner.release();
    }
  }
}
