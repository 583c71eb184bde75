import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { dataDirectoryUnusable } from './embedded-postgres-error.js';
import { giveTo, mayWriteInto, type ProcessUser } from './process-user.js';
import { reachableDirectory } from './reachable-directory.js';
import { ORIGIN, sweepThrowAwayClusters } from './throw-away-sweep.js';

/** Where the parts of one cluster lie. */
export interface ClusterPlace {
  /** The directory that PostgreSQL calls its data directory. */
  readonly clusterDir: string;
  readonly passwordFile: string;
  readonly portFile: string;
  readonly logFile: string;
}

const POINTER = 'postgres-location';

/**
 * Makes the data directory if it is missing, and in it the directory for the lock and the pid files.
 *
 * @returns the path of the latter
 */
export function prepareDataDirectory(dataDir: string): string {
  const firstMade = mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (firstMade !== undefined && process.getuid?.() === 0) {
    // PostgreSQL runs as somebody else then, and must be able to pass through to its own directory.
    for (let made = dataDir; made.length >= firstMade.length; made = dirname(made)) {
      chmodSync(made, 0o711);
    }
  }
  const processesDir = join(dataDir, 'postgres-processes');
  mkdirSync(processesDir, { recursive: true, mode: 0o700 });
  return processesDir;
}

/**
 * Finds where an existing cluster lies: in the data directory, or where an earlier start had to put it.
 *
 * @returns null when there is none yet
 * @throws EmbeddedPostgresError `data_directory_unusable` when it was put elsewhere and is gone from there
 */
export function findClusterPlace(dataDir: string): ClusterPlace | null {
  const pointer = join(dataDir, POINTER);
  if (!existsSync(pointer)) {
    return existsSync(join(dataDir, 'cluster')) ? describePlace(dataDir) : null;
  }
  const home = readFileSync(pointer, 'utf8').trim();
  if (!existsSync(home)) {
    throw dataDirectoryUnusable(
      dataDir,
      `its file ${POINTER} says that the database lies in ${home}, which is missing (bring it back, or delete that file to begin with an empty database)`,
    );
  }
  return describePlace(home);
}

/**
 * Chooses where a new cluster shall lie: in the data directory if the process user can reach it, else
 * in a reachable place that a pointer file in the data directory names.
 *
 * @param durable false for a cluster that may lie among temporary files
 */
export function chooseClusterPlace(
  dataDir: string,
  user: ProcessUser,
  durable: boolean,
): { place: ClusterPlace; moved: boolean } {
  if (canHoldCluster(dataDir, user)) {
    return { place: describePlace(dataDir), moved: false };
  }
  // A random name: a deleted data directory must not bring the database of its predecessor back.
  const name = `${basename(dataDir).replace(/^\.+/, '')}-${randomBytes(6).toString('hex')}`;
  const shelter = join(reachableDirectory(durable), durable ? 'data' : 'throw-away');
  mkdirSync(shelter, { recursive: true, mode: 0o711 });
  const home = join(shelter, name);
  mkdirSync(home, { mode: 0o711 });
  [shelter, home].forEach((directory) => {
    chmodSync(directory, 0o711);
  });
  const pointer = join(dataDir, POINTER);
  writeFileSync(pointer, `${home}\n`, { mode: 0o600 });
  writeFileSync(join(home, ORIGIN), `${pointer}\n`, { mode: 0o600 });
  if (!durable) {
    sweepThrowAwayClusters(shelter);
  }
  return { place: describePlace(home), moved: true };
}

/** Whether the process user can get at the files of this existing cluster. */
export function assertReachable(place: ClusterPlace, user: ProcessUser): void {
  if (!mayWriteInto(user, place.clusterDir)) {
    throw dataDirectoryUnusable(
      place.clusterDir,
      `PostgreSQL runs as ${user.name}, who cannot write there (chmod o+x the directories above it, or chown it to the user that starts this process)`,
    );
  }
  if (user.uid === undefined && statSync(place.clusterDir).uid !== (process.getuid?.() ?? 0)) {
    throw dataDirectoryUnusable(place.clusterDir, 'it belongs to another user, who has started it before');
  }
}

function canHoldCluster(dataDir: string, user: ProcessUser): boolean {
  if (user.uid === undefined) {
    return true;
  }
  const trial = join(dataDir, `cluster.${randomBytes(4).toString('hex')}.trial`);
  mkdirSync(trial, { mode: 0o700 });
  try {
    giveTo(user, trial);
    return mayWriteInto(user, trial);
  } catch {
    return false;
  } finally {
    rmdirSync(trial);
  }
}

function describePlace(home: string): ClusterPlace {
  const clusterDir = join(home, 'cluster');
  return {
    clusterDir,
    passwordFile: join(clusterDir, 'superuser-password'),
    portFile: join(home, 'postgres-port'),
    logFile: join(home, 'postgres.log'),
  };
}
