import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';

const usualPatienceMs = 60_000;
const retryEveryMs = 1_000;
const migrationLock = 'clientele migrations';

/**
 * Opens the data source and brings the schema up to date. Waits for a database that is still starting, and lets one
 * of several instances migrate while the others wait.
 *
 * @param patienceMs how long a database that cannot be reached is waited for
 * @throws the driver's error when it can't be reached in that time, or at once when it refuses us
 */
export async function openDatabase(
  dataSource: DataSource,
  patienceMs: number = usualPatienceMs,
): Promise<DataSource> {
  await initializePatiently(dataSource, patienceMs);
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('select pg_advisory_lock(hashtext($1))', [migrationLock]);
    try {
      await dataSource.runMigrations();
    } finally {
      await runner.query('select pg_advisory_unlock(hashtext($1))', [migrationLock]);
    }
  } finally {
    await runner.release();
  }
  return dataSource;
}

async function initializePatiently(dataSource: DataSource, patienceMs: number): Promise<void> {
  const logger = new Logger('Database');
  const givesUpAt = Date.now() + patienceMs;
  for (;;) {
    try {
      await dataSource.initialize();
      return;
    } catch (error) {
      if (Date.now() >= givesUpAt || !mayPass(error)) throw error;
      logger.warn(`The database cannot be reached yet: ${(error as Error).message}`);
      await wait(retryEveryMs);
    }
  }
}

/** Refused connections, timeouts and a server that is still starting pass; a wrong password does not. */
function mayPass(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  if (code === '57P03' || code === '53300') return true;
  return (
    ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'].includes(code ?? '') ||
    /timeout/i.test(message ?? '')
  );
}
