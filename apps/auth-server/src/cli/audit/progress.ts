import type { Terminal } from '../terminal.js';

const repaintEveryMs = 250;

/** Counts on the terminal of whoever waits; silent when standard error is no terminal. */
export class Progress {
  private counted = 0;
  private paintedAtMs = 0;

  /** @param total how many there will be, where that is known */
  constructor(
    private readonly terminal: Terminal,
    private readonly total?: number,
  ) {}

  async *count<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const item of items) {
      this.counted++;
      this.show(0);
      yield item;
    }
  }

  /** Shows as many more than were counted, now and then. */
  show(more: number): void {
    if (this.terminal.isWatched && Date.now() - this.paintedAtMs > repaintEveryMs) this.paint(more, '…');
  }

  add(count: number): void {
    this.counted += count;
  }

  end(): void {
    if (this.terminal.isWatched) this.paint(0, '.\n');
  }

  private paint(more: number, end: string): void {
    this.paintedAtMs = Date.now();
    const whole = this.total === undefined ? '' : ` of ${this.total}`;
    this.terminal.stderr.write(`\r${this.counted + more}${whole} events${end}`);
  }
}
