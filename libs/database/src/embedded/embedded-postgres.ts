import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { locateBinaries } from './binaries.js';
import {
  assertReachable,
  type ClusterPlace,
  chooseClusterPlace,
  findClusterPlace,
  prepareDataDirectory,
} from './cluster-place.js';
import { type ClusterUser, hasClusterUsers, registerClusterUser } from './cluster-users.js';
import { explainFileSystemError } from './embedded-postgres-error.js';
import type { EmbeddedPostgresLog } from './embedded-postgres-log.js';
import { recallPort } from './free-port.js';
import { assertSameMajorVersion, initializeCluster } from './initialize-cluster.js';
import { withLock } from './lock.js';
import { type Postmaster, stopPostmaster } from './postmaster.js';
import { chooseProcessUser } from './process-user.js';
import { ServerLauncher } from './server-launcher.js';
import { ServerSupervisor } from './server-supervisor.js';
import { ensureDatabase, superuserUrl } from './superuser-connection.js';

const DEFAULT_MAX_CONNECTIONS = 100;

export interface EmbeddedPostgresOptions {
  /** Where the database lives; made if it is missing. Processes with the same one share the server. */
  dataDir: string;
  /** False for throw-away clusters, which are faster and do not survive a crash of the machine (default true). */
  durable?: boolean;
  /** How many clients at a time, if this call is the one that starts the server (default 100). */
  maxConnections?: number;
  log?: EmbeddedPostgresLog;
  /** Whether to bring the server back when it dies (default true). */
  supervise?: boolean;
}

export interface EmbeddedPostgres {
  /** The superuser's address of the database `clientele` on 127.0.0.1; it holds the password. */
  readonly adminUrl: string;
  /** Stays the same when the server is restarted. */
  readonly port: number;
  /** Stops the server unless another process or call still uses it; may be called again. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL on a data directory, or joins the one that runs there.
 *
 * It listens on a port of 127.0.0.1 only and outlives this process if that is killed; the next start
 * takes it over. Only processes of one machine (not of two containers) may share a data directory.
 *
 * @throws EmbeddedPostgresError saying what is wrong, where, and what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  try {
    const processesDir = prepareDataDirectory(dataDir);
    return await withLock(processesDir, () => joinCluster(dataDir, processesDir, options));
  } catch (error) {
    throw explainFileSystemError(error, dataDir);
  }
}

async function joinCluster(
  dataDir: string,
  processesDir: string,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {});
  const launcher = await prepareCluster(dataDir, options, log);
  const shared = hasClusterUsers(processesDir);
  const user = registerClusterUser(processesDir);
  try {
    const portOfOthers = shared ? recallPort(launcher.place.portFile) : null;
    const postmaster = await launcher.ensureRunning(portOfOthers ?? undefined);
    await ensureDatabase(launcher.place, postmaster.port);
    log('info', 'The embedded PostgreSQL is running', { ...postmaster, cluster: launcher.place.clusterDir });
    return createHandle(launcher, postmaster, processesDir, user, options.supervise ?? true, log);
  } catch (error) {
    await leave(launcher, processesDir, user);
    throw error;
  }
}

async function prepareCluster(
  dataDir: string,
  options: EmbeddedPostgresOptions,
  log: EmbeddedPostgresLog,
): Promise<ServerLauncher> {
  const durable = options.durable ?? true;
  const existing = findClusterPlace(dataDir);
  const user = chooseProcessUser(existing?.clusterDir ?? dataDir);
  const binaries = await locateBinaries(user);
  const place = existing ?? choosePlace();
  if (existsSync(place.clusterDir)) {
    assertReachable(place, user);
    assertSameMajorVersion(place, binaries);
  } else {
    log('info', 'Making a new database', { cluster: place.clusterDir, processUser: user.name });
    await initializeCluster(place, binaries, user, durable);
  }
  const maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
  return new ServerLauncher(place, binaries, user, { durable, maxConnections });

  function choosePlace(): ClusterPlace {
    const { place, moved } = chooseClusterPlace(dataDir, user, durable);
    if (moved) {
      const reason = `${user.name} cannot reach it`;
      log('warn', 'The database does not lie in the data directory', {
        dataDir,
        lies: place.clusterDir,
        reason,
      });
    }
    return place;
  }
}

function createHandle(
  launcher: ServerLauncher,
  postmaster: Postmaster,
  processesDir: string,
  user: ClusterUser,
  supervise: boolean,
  log: EmbeddedPostgresLog,
): EmbeddedPostgres {
  const { port } = postmaster;
  const restart = async () => (await withLock(processesDir, () => launcher.ensureRunning(port))).pid;
  const supervisor = new ServerSupervisor(postmaster.pid, restart, () => launcher.log.bound(), log);
  if (supervise) {
    supervisor.start();
  }
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await supervisor.stop();
    await withLock(processesDir, () => leave(launcher, processesDir, user));
  };
  return {
    adminUrl: superuserUrl(launcher.place, port),
    port,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function leave(launcher: ServerLauncher, processesDir: string, user: ClusterUser): Promise<void> {
  user.unregister();
  if (!hasClusterUsers(processesDir)) {
    await stopPostmaster(launcher.place.clusterDir, launcher.binaries, launcher.user);
  }
}
