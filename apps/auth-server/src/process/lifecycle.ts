import type { Log } from '../http/logging/log.js';

const exitOnSecondSignal = 130;

/** The life of a process: starts its parts in order and stops them in the reverse order, whenever it is told to. */
export abstract class Lifecycle {
  protected isEnding = false;
  private beginning: Promise<void> = Promise.resolve();

  constructor(protected readonly log: Log) {}

  /** Starts the parts in order; asks `isEnding` between them. */
  protected abstract start(): Promise<void>;

  /** Stops whatever was started so far. */
  protected abstract stop(): Promise<void>;

  /** What a second request for the end does before the process is gone. */
  protected abandon(): void {}

  /** @throws what kept it from starting, after everything that did start was stopped again */
  async begin(): Promise<void> {
    this.beginning = this.start();
    try {
      await this.beginning;
    } catch (error) {
      if (this.isEnding) return;
      await this.stop();
      throw error;
    }
  }

  /** Ends the process: gracefully at first, at once when asked again. */
  end(reason: string, exitCode = 0): void {
    if (this.isEnding) {
      this.abandon();
      process.exit(exitOnSecondSignal);
    }
    this.isEnding = true;
    this.log.info({ reason, msg: 'shutting down' });
    // A part that is half started can't be stopped.
    const settled = this.beginning.catch(() => {});
    settled
      .then(() => this.stop())
      .then(
        () => process.exit(exitCode),
        (error: unknown) => {
          this.log.fatal({ err: error, msg: 'shutdown failed' });
          process.exit(1);
        },
      );
  }
}
