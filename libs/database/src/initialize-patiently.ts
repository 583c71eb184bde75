import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';

const retryEveryMs = 1_000;

/** Opens a data source. @param patienceMs how long a database that cannot be reached is waited for */
export async function initializePatiently(dataSource: DataSource, patienceMs: number): Promise<void> {
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
