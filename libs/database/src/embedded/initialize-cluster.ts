import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Binaries } from './binaries.js';
import type { ClusterPlace } from './cluster-place.js';
import { dataDirectoryUnusable, diskFull, EmbeddedPostgresError } from './embedded-postgres-error.js';
import { giveTo, type ProcessUser, type ProgramResult, runAs } from './process-user.js';
import { SUPERUSER } from './superuser-connection.js';

/**
 * Makes an empty cluster beside its place and renames it, so that whatever interrupts it leaves either
 * a whole cluster or none.
 *
 * @param durable whether to wait until everything is on the disk
 * @throws EmbeddedPostgresError `disk_full`, `data_directory_unusable`, `no_process_user` or `start_failed`
 */
export async function initializeCluster(
  place: ClusterPlace,
  binaries: Binaries,
  user: ProcessUser,
  durable: boolean,
): Promise<void> {
  removeUnfinished(place);
  const unfinished = `${place.clusterDir}.${randomBytes(4).toString('hex')}.new`;
  const passwordFile = `${place.clusterDir}.${randomBytes(4).toString('hex')}.password.new`;
  try {
    mkdirSync(unfinished, { mode: 0o700 });
    giveTo(user, unfinished);
    writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
    giveTo(user, passwordFile);
    const result = await runAs(user, binaries.initdb, initdbArguments(unfinished, passwordFile, durable));
    if (!result.ok) {
      throw explainInitdbFailure(result, place, user);
    }
    renameSync(passwordFile, join(unfinished, basename(place.passwordFile)));
    renameSync(unfinished, place.clusterDir);
    if (durable) {
      syncDirectory(dirname(place.clusterDir));
    }
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** @throws EmbeddedPostgresError `incompatible_data` when another major version made the cluster */
export function assertSameMajorVersion(place: ClusterPlace, binaries: Binaries): void {
  const found = readFileSync(join(place.clusterDir, 'PG_VERSION'), 'utf8').trim();
  if (found !== String(binaries.majorVersion)) {
    throw new EmbeddedPostgresError(
      'incompatible_data',
      `The database in ${place.clusterDir} was made by PostgreSQL ${found}, but this release brings PostgreSQL ${binaries.majorVersion}, which cannot read it. Go back to the release that made it, copy the data with pg_dump and restore it into a new data directory, or set DATABASE_URL to use a PostgreSQL server of your own.`,
    );
  }
}

// The system's locales differ between machines and change under the indexes when its libc is updated;
// the builtin provider's C.UTF-8 does neither, and exists where libc has no C.UTF-8.
function initdbArguments(directory: string, passwordFile: string, durable: boolean): string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
}

function explainInitdbFailure(result: ProgramResult, place: ClusterPlace, user: ProcessUser): Error {
  const reason = result.output.split('\n').slice(-5).join('; ') || result.failure?.message || 'no output';
  if (/No space left on device|Disk quota exceeded/.test(result.output)) {
    return diskFull(place.clusterDir);
  }
  if (/could not look up effective user ID/.test(result.output)) {
    return new EmbeddedPostgresError(
      'no_process_user',
      `The embedded PostgreSQL needs the user that runs it to exist, but uid ${process.getuid?.()} has no entry in /etc/passwd (a container started with an arbitrary user id). Start it as a user of the image, or set DATABASE_URL to use a PostgreSQL server of your own.`,
    );
  }
  if (/Permission denied|Read-only file system/.test(result.output)) {
    return dataDirectoryUnusable(place.clusterDir, `${user.name} may not write there (${reason})`);
  }
  return new EmbeddedPostgresError(
    'start_failed',
    `initdb could not make a database in ${place.clusterDir}: ${reason}`,
    { cause: result.failure },
  );
}

function removeUnfinished(place: ClusterPlace): void {
  const home = dirname(place.clusterDir);
  const prefix = `${basename(place.clusterDir)}.`;
  for (const name of readdirSync(home)) {
    if (name.startsWith(prefix) && name.endsWith('.new')) {
      try {
        rmSync(join(home, name), { recursive: true, force: true, maxRetries: 3 });
      } catch {
        // An initdb whose node was killed may still write there; it has a directory of its own.
      }
    }
  }
}

function syncDirectory(directory: string): void {
  if (process.platform === 'win32') {
    return;
  }
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
