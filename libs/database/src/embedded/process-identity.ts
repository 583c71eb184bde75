import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * Names a process so that a later one with the same number is not mistaken for it: the mark changes
 * with the time the process was started.
 *
 * @returns null when no such process runs
 */
function findStartMark(pid: number): string | null {
  switch (process.platform) {
    case 'linux':
      return findLinuxStartMark(pid);
    case 'win32':
      return isProcessRunning(pid) ? 'unknown' : null;
    default:
      return findStartMarkByPs(pid);
  }
}

/** Whether a process with this number runs; a zombie that nobody has collected does not. */
export function isProcessRunning(pid: number): boolean {
  if (process.platform === 'linux') {
    return readLinuxStat(pid) !== null;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A file name part for something that this process owns and that dies with it. */
export function createOwnedName(): string {
  return `${process.pid}-${ownStartMark()}-${randomBytes(4).toString('hex')}`;
}

/** Whether the process that made this name with `createOwnedName` still runs. */
export function isOwnerAlive(ownedName: string): boolean {
  const [pid, mark] = ownedName.split('-');
  return mark !== undefined && findStartMark(Number(pid)) === mark;
}

let ownMark: string | undefined;

function ownStartMark(): string {
  ownMark ??= findStartMark(process.pid) ?? 'unknown';
  return ownMark;
}

function findLinuxStartMark(pid: number): string | null {
  const ticksSinceBoot = readLinuxStat(pid)?.[19];
  return ticksSinceBoot === undefined ? null : `${bootMark()}${ticksSinceBoot}`;
}

/** The fields of /proc/<pid>/stat from the third (state) on; null for a process that is gone or a zombie. */
function readLinuxStat(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : fields;
  } catch {
    return null;
  }
}

let cachedBootMark: string | undefined;

// Two boots of one virtual machine can give the same number and the same tick to different processes.
function bootMark(): string {
  cachedBootMark ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  return cachedBootMark;
}

function findStartMarkByPs(pid: number): string | null {
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return started.trim().replaceAll(/[^A-Za-z0-9]/g, '') || null;
  } catch {
    return null;
  }
}
