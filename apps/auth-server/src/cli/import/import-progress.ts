import type { Terminal } from '../terminal.js';

const repaintEveryMs = 250;
const barWidth = 30;
const linesPerPhase = 10;

/** Shows whoever waits how far an import is: a bar on a terminal, a few lines in a log. Silent for small ones. */
export class ImportProgress {
  private phase = '';
  private paintedAtMs = 0;
  private toldTenths = 0;

  constructor(private readonly terminal: Terminal) {}

  /** @param phase what is being done: `hashing` */
  show(phase: string, done: number, total: number): void {
    if (phase !== this.phase) this.begin(phase);
    if (this.terminal.isWatched) this.paint(done, total);
    else this.tell(done, total);
  }

  /** Leaves the line of the bar. */
  end(): void {
    if (this.terminal.isWatched && this.phase) this.terminal.stderr.write('\n');
    this.phase = '';
  }

  private begin(phase: string): void {
    this.end();
    this.phase = phase;
    this.paintedAtMs = 0;
    this.toldTenths = 0;
  }

  private paint(done: number, total: number): void {
    if (done < total && Date.now() - this.paintedAtMs < repaintEveryMs) return;
    this.paintedAtMs = Date.now();
    const filled = Math.floor((done / total) * barWidth);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
    this.terminal.stderr.write(`\r${this.phase} ${bar} ${done} of ${total}`);
  }

  private tell(done: number, total: number): void {
    const tenths = Math.floor((done / total) * linesPerPhase);
    if (total < 1_000 || tenths === this.toldTenths) return;
    this.toldTenths = tenths;
    this.terminal.tell(`${this.phase}: ${done} of ${total}`);
  }
}
