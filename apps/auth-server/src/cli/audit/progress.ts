const repaintEveryMs = 250;

/** Counts on the terminal of whoever waits; silent when standard error is no terminal. */
export class Progress {
  private counted = 0;
  private paintedAtMs = 0;

  async *count<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const item of items) {
      this.counted++;
      if (process.stderr.isTTY && Date.now() - this.paintedAtMs > repaintEveryMs) this.paint('…');
      yield item;
    }
  }

  end(): void {
    if (process.stderr.isTTY) this.paint('.\n');
  }

  private paint(end: string): void {
    this.paintedAtMs = Date.now();
    process.stderr.write(`\r${this.counted} events${end}`);
  }
}
