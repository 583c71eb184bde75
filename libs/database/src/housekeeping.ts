import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Repetition } from '#libs/common';
import { oneAtATime } from './one-at-a-time.js';
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
  private readonly repetition = new Repetition(
    () => this.runOnce(),
    (error) => this.logger.warn(`Housekeeping failed: ${error.message}`),
  );

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
    this.repetition.start(everyMs);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.repetition.stop();
  }

  /** Does every chore once, unless another instance is at it. */
  async runOnce(): Promise<void> {
    await oneAtATime(this.dataSource, lockName, async (runner) => {
      for (const { table, condition, deed } of this.chores) {
        for (let batch = 0; batch < mostBatches; batch++) {
          const [, changed] = await runner.query(
            `${deed} where ctid = any(array(select ctid from ${table} where ${condition} limit ${batchSize}))`,
          );
          if (changed < batchSize) break;
        }
      }
    });
  }
}
