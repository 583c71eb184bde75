import { type DestinationStream, destination } from 'pino';

const batchLength = 32 * 1024;
const longestWaitMs = 250;

/**
 * Collects the lines of the log and writes them together, for a write per line costs more than the line. What waits is
 * lost when the process is killed: at most the last quarter of a second. An orderly end and a fatal line write it.
 */
export class LineBatches implements DestinationStream {
  private readonly target: ReturnType<typeof destination>;
  private waiting = '';

  /** @param descriptor of the file to write to */
  constructor(descriptor: number) {
    this.target = destination({ dest: descriptor, sync: false });
    setInterval(() => this.flush(), longestWaitMs).unref();
    process.once('exit', () => this.flushSync());
  }

  write(line: string): void {
    this.waiting += line;
    if (this.waiting.length >= batchLength) this.flush();
  }

  /** Called by pino after a fatal line. A pipe that nobody reads any more must not turn an end into a crash. */
  flushSync(): void {
    try {
      this.flush();
      this.target.flushSync();
    } catch {
      // There is nowhere left to report it to.
    }
  }

  private flush(): void {
    if (this.waiting === '') return;
    const batch = this.waiting;
    this.waiting = '';
    this.target.write(batch);
  }
}
