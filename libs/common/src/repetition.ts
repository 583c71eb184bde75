/** Work that a service does again and again while the server runs: never twice at a time, and it ends with the service. */
export class Repetition {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  /** @param onFailure told of a round that failed; the next one comes all the same */
  constructor(
    private readonly work: () => Promise<unknown>,
    private readonly onFailure: (error: Error) => void,
  ) {}

  /** Begins; the first round comes after that time. What comes due while a round goes on is left out. */
  start(everyMs: number): void {
    this.timer = setInterval(() => {
      this.running ??= this.work()
        .then(() => undefined, this.onFailure)
        .finally(() => {
          this.running = undefined;
        });
    }, everyMs).unref();
  }

  /** Begins no more rounds, and waits for the one that goes on. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }
}
