import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedPostgresLog } from './embedded-postgres-log.js';
import { isProcessRunning } from './process-identity.js';

const WATCH_MS = 100;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 15_000;
const STABLE_AFTER_MS = 60_000;
const HOUSEKEEPING_MS = 60_000;

/** Watches a running server and brings it back, with growing pauses, whenever it dies. */
export class ServerSupervisor {
  private readonly stopping = new AbortController();
  private finished: Promise<void> = Promise.resolve();
  private backoffMs = 0;

  /**
   * @param pid the server to watch
   * @param restart brings the server back and answers its pid
   * @param housekeeping is called about once a minute
   */
  constructor(
    private pid: number,
    private readonly restart: () => Promise<number>,
    private readonly housekeeping: () => void,
    private readonly log: EmbeddedPostgresLog,
  ) {}

  /** Begins to watch; this does not keep the process alive. */
  start(): void {
    this.finished = this.watch();
  }

  /** Ends the watch, after a restart that is under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.finished;
  }

  private async watch(): Promise<void> {
    let upSince = Date.now();
    let housekeptAt = Date.now();
    while (await this.pause(WATCH_MS)) {
      if (!isProcessRunning(this.pid)) {
        const upMs = Date.now() - upSince;
        this.log('error', 'The embedded PostgreSQL died; restarting it', { pid: this.pid, upMs });
        this.backoffMs = upMs > STABLE_AFTER_MS ? 0 : this.backoffMs;
        await this.bringBack();
        upSince = Date.now();
      } else if (Date.now() - housekeptAt > HOUSEKEEPING_MS) {
        housekeptAt = Date.now();
        this.keepHouse();
      }
    }
  }

  private async bringBack(): Promise<void> {
    while (await this.pause(this.backoffMs)) {
      this.backoffMs = Math.min(Math.max(this.backoffMs * 2, FIRST_BACKOFF_MS), LONGEST_BACKOFF_MS);
      try {
        this.pid = await this.restart();
        this.log('info', 'The embedded PostgreSQL is back', { pid: this.pid });
        return;
      } catch (error) {
        this.log('error', 'The embedded PostgreSQL could not be restarted; trying again', {
          reason: error instanceof Error ? error.message : String(error),
          nextAttemptInMs: this.backoffMs,
        });
      }
    }
  }

  private keepHouse(): void {
    try {
      this.housekeeping();
    } catch (error) {
      this.log('warn', 'The log of the embedded PostgreSQL could not be shortened', {
        reason: String(error),
      });
    }
  }

  /** Answers false when the watch is to end. */
  private async pause(ms: number): Promise<boolean> {
    try {
      await sleep(ms, undefined, { signal: this.stopping.signal, ref: false });
      return true;
    } catch {
      return false;
    }
  }
}
