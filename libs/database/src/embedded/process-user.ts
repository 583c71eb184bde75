import { execFile, spawnSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** The operating system user that PostgreSQL runs as; without a uid it is our own. */
export interface ProcessUser {
  readonly name: string;
  readonly uid?: number;
  readonly gid?: number;
}

const OURSELVES: ProcessUser = { name: 'the current user' };

/**
 * Chooses who runs PostgreSQL, which refuses to run as root: whoever owns the cluster already,
 * else `postgres`, else `nobody`. No account is created. Anybody but root runs it as themselves.
 *
 * @param clusterDir the cluster, which need not exist
 * @throws EmbeddedPostgresError `no_process_user` when root finds no account to switch to
 */
export function chooseProcessUser(clusterDir: string): ProcessUser {
  if (process.getuid?.() !== 0) {
    return OURSELVES;
  }
  const owner = existsSync(clusterDir) ? statSync(clusterDir) : undefined;
  if (owner && owner.uid !== 0) {
    return { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  }
  const user = findAccount('postgres') ?? findAccount('nobody');
  if (!user) {
    throw new EmbeddedPostgresError(
      'no_process_user',
      'The embedded PostgreSQL refuses to run as root, and /etc/passwd has neither a "postgres" nor a "nobody" user to run it as. Start this process as an ordinary user, or set DATABASE_URL to use a PostgreSQL server of your own.',
    );
  }
  return user;
}

/** Gives a file or directory to the user that runs PostgreSQL. */
export function giveTo(user: ProcessUser, path: string): void {
  if (user.uid !== undefined && user.gid !== undefined) {
    chownSync(path, user.uid, user.gid);
  }
}

/** Whether this user can enter the directory and make files in it. */
export function mayWriteInto(user: ProcessUser, directory: string): boolean {
  if (user.uid === undefined) {
    return true;
  }
  // Asked of the kernel and not computed from mode bits, which know nothing of ACLs and read-only mounts.
  const test = spawnSync('/bin/sh', ['-c', '[ -x "$0" ] && [ -w "$0" ]', directory], asProcessUser(user));
  return test.status === 0;
}

/** The part of the options of `spawn` that switches to this user with an environment of our making. */
export function asProcessUser(user: ProcessUser): {
  uid?: number;
  gid?: number;
  cwd: string;
  env: NodeJS.ProcessEnv;
} {
  const identity = user.uid === undefined ? {} : { uid: user.uid, gid: user.gid };
  return { ...identity, cwd: '/', env: cleanEnvironment() };
}

/** The outcome of a program that has ended; `failure` when it could not be started at all. */
export interface ProgramResult {
  readonly ok: boolean;
  readonly output: string;
  readonly failure?: NodeJS.ErrnoException;
}

/** Runs one program of PostgreSQL to its end as this user. */
export async function runAs(
  user: ProcessUser,
  program: string,
  args: readonly string[],
): Promise<ProgramResult> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, asProcessUser(user));
    return { ok: true, output: `${stdout}${stderr}`.trim() };
  } catch (error) {
    const failure = error as NodeJS.ErrnoException & { stdout?: string; stderr?: string };
    const output = `${failure.stdout ?? ''}${failure.stderr ?? ''}`.trim();
    // The code of a program that ran is a number, that of one that did not is a name such as EACCES.
    return { ok: false, output, ...(typeof failure.code === 'string' && { failure }) };
  }
}

// PGPORT, PGDATA, LANG or LD_LIBRARY_PATH of the caller would otherwise change what PostgreSQL does, and
// the words of its errors, by which failures are told apart. A set TZ spares initdb a search of all zones.
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP, TMP } = process.env;
  return {
    ...(PATH && { PATH }),
    ...(process.platform === 'win32' && { SystemRoot, TEMP, TMP }),
    LC_ALL: 'C',
    TZ: 'UTC',
  };
}

function findAccount(name: string): ProcessUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid && uid !== '0' ? { name, uid: Number(uid), gid: Number(gid) } : undefined;
}
