import { type DestinationStream, destination } from 'pino';

const batchBytes = 128 * 1024;
/** In UTF-8, of each of the 16-bit units of which a text consists. */
const mostBytesPerUnit = 3;
const longestWaitMs = 250;

/**
 * Collects the lines of the log and writes them together, for a write per line costs more than the line. They wait as
 * bytes: a text of so many parts would survive several collections of garbage before it is put together. What waits is
 * lost when the process is killed: at most the last quarter of a second. An orderly end and a fatal line write it.
 */
export class LineBatches implements DestinationStream {
  private readonly target: ReturnType<typeof destination>;
  private batch = Buffer.allocUnsafe(batchBytes);
  private used = 0;

  /** @param descriptor of the file to write to */
  constructor(descriptor: number) {
    this.target = destination({ dest: descriptor, sync: false, contentMode: 'buffer' });
    setInterval(() => this.flush(), longestWaitMs).unref();
    process.once('exit', () => this.flushSync());
  }

  write(line: string): void {
    const mostBytes = line.length * mostBytesPerUnit;
    if (this.used + mostBytes > batchBytes) this.flush();
    if (mostBytes > batchBytes) this.hand(Buffer.from(line));
    else this.used += this.batch.write(line, this.used);
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
    if (this.used === 0) return;
    const lines = this.batch.subarray(0, this.used);
    // What was handed over is still to be read.
    this.batch = Buffer.allocUnsafe(batchBytes);
    this.used = 0;
    this.hand(lines);
  }

  private hand(lines: Buffer): void {
    // Its declaration knows of texts alone, whatever the mode.
    this.target.write(lines as unknown as string);
  }
}
