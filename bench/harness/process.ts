import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ticksPerSecond = 100;
const canPin = hasTaskset();

/** Whether processes can be pinned to cores on this machine. */
export function isPinned(): boolean {
  return canPin;
}

/** Starts a compiled module as a child on one core; undefined: on all. */
export function startOn(core: number | undefined, module: string, args: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(module, import.meta.url));
  const child = fork(path, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  if (core !== undefined) pin(child.pid as number, core);
  return child;
}

/** Keeps a process with all of its threads on one core, where the machine can do so. */
export function pin(pid: number, core: number): void {
  if (canPin) execFileSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'ignore' });
}

/** The first message of a child. @throws Error when it ends before */
export async function messageOf<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`A process of the benchmark ended with ${code}.`);
  });
  exit.catch(() => undefined);
  const message = once(child, 'message');
  const [first] = (await Promise.race([message, exit])) as [T];
  ended.abort();
  return first;
}

/** The processor time that a process has used so far, in seconds, its threads included. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Ends a child that waits for its parent to let go. */
export async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-p', String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
