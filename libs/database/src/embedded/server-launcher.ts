import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import type { ClusterPlace } from './cluster-place.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { findFreePort, isFreePort, recallPort, rememberPort } from './free-port.js';
import { explainLaunchFailure, type Retry } from './launch-failure.js';
import { disownStalePidFile, findPostmaster, type Postmaster } from './postmaster.js';
import { isProcessRunning } from './process-identity.js';
import { asProcessUser, type ProcessUser } from './process-user.js';
import { ServerLog } from './server-log.js';
import { type ServerSettings, serverArguments } from './server-settings.js';

const POLL_MS = 15;
const RETRY_MS = 150;
const RETRY_FOR_MS = 15_000;
const READY_WITHIN_MS = 300_000;

interface Launch {
  readonly pid: number;
  /** Set once the process has ended, to what it has written to the log. */
  endedWith?: string;
}

/** Brings the server of one cluster up: takes over the one that runs, or starts one. */
export class ServerLauncher {
  readonly log: ServerLog;

  constructor(
    readonly place: ClusterPlace,
    readonly binaries: Binaries,
    readonly user: ProcessUser,
    private readonly settings: ServerSettings,
  ) {
    this.log = new ServerLog(place.logFile);
  }

  /**
   * Call it under the lock of the cluster.
   *
   * @param fixedPort the port that others already rely on; without it the last one is used again if
   * it is free, else any free one
   * @throws EmbeddedPostgresError when the server does not come up, with the reason from its log
   */
  async ensureRunning(fixedPort?: number): Promise<Postmaster> {
    const deadline = Date.now() + RETRY_FOR_MS;
    for (;;) {
      const outcome = (await this.takeOver()) ?? (await this.launch(fixedPort ?? (await this.choosePort())));
      if (typeof outcome === 'object') {
        rememberPort(this.place.portFile, outcome.port);
        return outcome;
      }
      if (Date.now() > deadline) {
        throw new EmbeddedPostgresError('busy', this.describeRetry(outcome, fixedPort));
      }
      await sleep(RETRY_MS);
    }
  }

  private async takeOver(): Promise<Postmaster | null> {
    const running = findPostmaster(this.place.clusterDir);
    return running && this.untilReady(running.pid, () => !isProcessRunning(running.pid));
  }

  private async launch(port: number): Promise<Postmaster | Retry> {
    disownStalePidFile(this.place.clusterDir);
    const launch = this.spawnServer(port);
    const ready = await this.untilReady(launch.pid, () => launch.endedWith !== undefined);
    if (ready) {
      return ready;
    }
    const { clusterDir, logFile } = this.place;
    const failure = explainLaunchFailure(launch.endedWith ?? '', clusterDir, logFile);
    if (failure instanceof EmbeddedPostgresError) {
      throw failure;
    }
    return failure;
  }

  private spawnServer(port: number): Launch {
    const { descriptor, offset } = this.log.open();
    try {
      const child = spawn(
        this.binaries.postgres,
        serverArguments(this.place.clusterDir, port, this.settings),
        // A session of its own: Ctrl-C goes to the whole process group and would stop it before we are done.
        { ...asProcessUser(this.user), detached: true, stdio: ['ignore', descriptor, descriptor] },
      );
      const launch: Launch = { pid: child.pid ?? 0 };
      child.once('exit', () => {
        launch.endedWith = this.log.readSince(offset);
      });
      child.once('error', (error) => {
        launch.endedWith = error.message;
      });
      child.unref();
      return launch;
    } finally {
      closeSync(descriptor);
    }
  }

  /** Waits until the server lets clients in, which can take a while after a crash; null when it ended. */
  private async untilReady(pid: number, hasEnded: () => boolean): Promise<Postmaster | null> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!hasEnded()) {
      const postmaster = findPostmaster(this.place.clusterDir);
      if (postmaster?.pid === pid && postmaster.ready) {
        return postmaster;
      }
      if (Date.now() > deadline) {
        throw new EmbeddedPostgresError(
          'busy',
          `PostgreSQL (process ${pid}) on ${this.place.clusterDir} accepts no connections after ${READY_WITHIN_MS / 1000} s. It may still be recovering: look into ${this.place.logFile} and start again later.`,
        );
      }
      await sleep(POLL_MS);
    }
    return null;
  }

  private async choosePort(): Promise<number> {
    const last = recallPort(this.place.portFile);
    return last !== null && (await isFreePort(last)) ? last : findFreePort();
  }

  private describeRetry(reason: Retry, fixedPort?: number): string {
    return reason === 'port_taken'
      ? `Another program took port ${fixedPort} of 127.0.0.1 while the embedded PostgreSQL on ${this.place.clusterDir} was down. End that program, or restart all processes that use this data directory.`
      : `Processes of an earlier PostgreSQL still use ${this.place.clusterDir} after ${RETRY_FOR_MS / 1000} s. End them ("ps aux | grep postgres") and start again.`;
  }
}
