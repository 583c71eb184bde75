import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findPostmaster } from './postmaster.js';

/** In a cluster that had to be put elsewhere: the pointer file that leads to it. */
export const ORIGIN = 'reached-from';

/**
 * Removes throw-away clusters to which no data directory leads any more: whoever deletes the data
 * directory of a test does not know that its cluster had to be put here.
 *
 * @param directory holds such clusters only
 */
export function sweepThrowAwayClusters(directory: string): void {
  for (const name of readdirSync(directory)) {
    const home = join(directory, name);
    const origin = join(home, ORIGIN);
    if (existsSync(origin) && !leadsTo(readFileSync(origin, 'utf8').trim(), home)) {
      removeCluster(home);
    }
  }
}

function leadsTo(pointer: string, home: string): boolean {
  return existsSync(pointer) && readFileSync(pointer, 'utf8').trim() === home;
}

function removeCluster(home: string): void {
  try {
    const forgotten = findPostmaster(join(home, 'cluster'));
    if (forgotten) {
      process.kill(forgotten.pid, 'SIGQUIT');
    }
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // The next sweep finds it again.
  }
}
