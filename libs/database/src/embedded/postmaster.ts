import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { isProcessRunning } from './process-identity.js';
import { type ProcessUser, runAs } from './process-user.js';

const POLL_MS = 20;
const FAST_STOP_MS = 30_000;
const IMMEDIATE_STOP_MS = 10_000;
const NO_SUCH_PID = 999_999_999;

/** The main process of a running PostgreSQL, as its `postmaster.pid` describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Whether it lets clients in; it does not while it recovers or shuts down. */
  readonly ready: boolean;
}

/** Finds the running server of this cluster, whoever started it. */
export function findPostmaster(clusterDir: string): Postmaster | null {
  const lines = readPidFile(clusterDir);
  const pid = Number(lines?.[0]);
  if (!lines || !Number.isInteger(pid) || !isPostmasterOf(clusterDir, pid)) {
    return null;
  }
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/**
 * Lets PostgreSQL start although an unrelated process has got the number of its dead predecessor: it
 * would wait for that one for ever.
 */
export function disownStalePidFile(clusterDir: string): void {
  const lines = readPidFile(clusterDir);
  const pid = Number(lines?.[0]);
  if (lines && pid !== NO_SUCH_PID && !isPostmasterOf(clusterDir, pid)) {
    // Not deleted: its seventh line is how PostgreSQL finds backends that outlived their postmaster.
    writeFileSync(join(clusterDir, 'postmaster.pid'), [NO_SUCH_PID, ...lines.slice(1)].join('\n'));
  }
}

/**
 * Stops the server in fast mode (open transactions are rolled back) and waits until it is gone.
 *
 * @throws EmbeddedPostgresError `busy` when it does not even obey an immediate shutdown
 */
export async function stopPostmaster(
  clusterDir: string,
  binaries: Binaries,
  user: ProcessUser,
): Promise<void> {
  const postmaster = findPostmaster(clusterDir);
  if (!postmaster) {
    return;
  }
  if (process.platform === 'win32') {
    await runAs(user, binaries.pgCtl, ['stop', '-D', clusterDir, '-m', 'fast', '-w']);
    return;
  }
  const gone =
    (await endWith('SIGINT', postmaster.pid, FAST_STOP_MS)) ||
    (await endWith('SIGQUIT', postmaster.pid, IMMEDIATE_STOP_MS));
  if (!gone) {
    throw new EmbeddedPostgresError(
      'busy',
      `PostgreSQL (process ${postmaster.pid}) on ${clusterDir} does not stop. End it with "kill -9 ${postmaster.pid}"; the next start recovers its data.`,
    );
  }
}

async function endWith(signal: NodeJS.Signals, pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  try {
    process.kill(pid, signal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  while (isProcessRunning(pid)) {
    if (Date.now() > deadline) {
      return false;
    }
    await sleep(POLL_MS);
  }
  return true;
}

function readPidFile(clusterDir: string): string[] | null {
  try {
    return readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw error;
  }
}

// Numbers are used again, above all in containers, where few processes start in the same order each time.
function isPostmasterOf(clusterDir: string, pid: number): boolean {
  if (!isProcessRunning(pid)) {
    return false;
  }
  try {
    if (process.platform === 'linux') {
      return isLinuxPostmasterOf(clusterDir, pid);
    }
    if (process.platform === 'darwin') {
      return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).includes(
        'postgres',
      );
    }
    return true;
  } catch {
    return false;
  }
}

function isLinuxPostmasterOf(clusterDir: string, pid: number): boolean {
  try {
    // A postmaster works in its data directory and nowhere else.
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(clusterDir);
  } catch {
    // Root in a container may lack CAP_SYS_PTRACE and then cannot look, but these two anybody can see.
    const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    return name === 'postgres' && statSync(`/proc/${pid}`).uid === statSync(clusterDir).uid;
  }
}
