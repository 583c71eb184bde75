import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Runs one statement on a connection of its own. */
export async function query<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end().catch(() => {});
  }
}

/** Runs one statement as often as it takes until the server answers. */
export async function queryWhenBack<Row>(url: string, sql: string, withinMs = 10_000): Promise<Row[]> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await query<Row>(url, sql);
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await sleep(25);
    }
  }
}

/** The process number in `postmaster.pid`. */
export function postmasterPid(dataDir: string): number {
  return Number.parseInt(readFileSync(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8'), 10);
}

/** Whether a process runs; one that nobody has collected yet does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export async function until(condition: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${condition}`);
    }
    await sleep(10);
  }
}

export function listUnfinished(dataDir: string): string[] {
  return readdirSync(dataDir).filter((name) => name.endsWith('.new'));
}
