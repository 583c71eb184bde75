import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { dataSourceOptions } from './data-source-options.js';
import { migrations } from './migrations/index.js';
import { withSessionSettings } from './session-settings.js';

const lockName = 'clientele migrations';
const lockNotAvailable = '55P03';
const pollEveryMs = 250;
/** What waits for a lock on a table has everybody wait who comes later: so long at most do requests stand behind it. */
const lockTimeoutMs = 1_000;
const retryAfterMs = 2_000;
const usualPatienceMs = 600_000;

/** Does the work while no other instance does its own, however long that one takes. */
export async function withMigrationLock(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  // Asked for again and again: a statement that waits would hold a snapshot, for the end of which the other instance
  // waits in turn when it makes an index concurrently.
  for (let isTold = false; !(await tryLock(runner)); isTold = true) {
    if (!isTold) new Logger('Database').log('Another instance brings the schema up to date; waiting for it.');
    await wait(pollEveryMs);
  }
  try {
    await work();
  } finally {
    await runner.query('select pg_advisory_unlock(hashtext($1))', [lockName]);
  }
}

/**
 * Runs the migrations that are missing, each in a transaction of its own unless it says otherwise, beside servers of
 * the version before that go on working. One that does not get its locks within a second steps back and tries again.
 *
 * @param url of the owner of the tables
 * @param patienceMs how long it tries again
 * @throws the driver's error when a migration fails, or still gets no lock after that time; those before it are done
 */
export async function runMigrations(
  url: string,
  list: readonly (new () => object)[] = migrations,
  patienceMs: number = usualPatienceMs,
): Promise<void> {
  const dataSource = new DataSource(migratorOptions(url, list));
  const logger = new Logger('Database');
  await dataSource.initialize();
  try {
    const givesUpAt = Date.now() + patienceMs;
    for (;;) {
      try {
        await dataSource.runMigrations();
        return;
      } catch (error) {
        if (!isLockTimeout(error) || Date.now() >= givesUpAt) throw error;
        logger.warn(
          'A migration waits for a lock that a long transaction holds; it steps back and tries again.',
        );
        await wait(retryAfterMs);
      }
    }
  } finally {
    await dataSource.destroy();
  }
}

/** Whatever time a migration takes, it takes; only its locks are waited for briefly. Row-level security binds it too. */
function migratorOptions(url: string, list: readonly (new () => object)[]) {
  const options = dataSourceOptions({
    url: withSessionSettings(url, { scope: 'platform' }),
    poolSize: 2,
    entities: [],
  });
  const extra = { ...options.extra, query_timeout: 0, statement_timeout: 0, lock_timeout: lockTimeoutMs };
  return { ...options, migrations: [...list], extra } as typeof options;
}

async function tryLock(runner: QueryRunner): Promise<boolean> {
  const [lock] = await runner.query('select pg_try_advisory_lock(hashtext($1)) as taken', [lockName]);
  return lock.taken;
}

function isLockTimeout(error: unknown): boolean {
  return (error as { driverError?: { code?: string } }).driverError?.code === lockNotAvailable;
}
