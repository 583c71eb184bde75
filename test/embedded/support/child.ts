import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type ChildReport =
  | { kind: 'started'; adminUrl: string; port: number }
  | { kind: 'failed'; problem: string; message: string }
  | { kind: 'interrupted' }
  | { kind: 'stopped' };

/** A node process that has begun to start, and may have started, the embedded PostgreSQL. */
export class Child {
  private readonly reports: ChildReport[] = [];

  private constructor(readonly process: ChildProcess) {
    process.on('message', (message) => this.reports.push(message as ChildReport));
  }

  static fork(dataDir: string, options: ForkOptions & { script?: string; durable?: boolean } = {}): Child {
    const script = options.script ?? fileURLToPath(new URL('./embedded-child.js', import.meta.url));
    const args = options.durable ? [dataDir, 'durable'] : [dataDir];
    return new Child(fork(script, args, { execArgv: [], ...options }));
  }

  async started(): Promise<Extract<ChildReport, { kind: 'started' }>> {
    const report = await this.next();
    if (report.kind !== 'started') {
      throw new Error(`the child did not start: ${JSON.stringify(report)}`);
    }
    return report;
  }

  async failed(): Promise<Extract<ChildReport, { kind: 'failed' }>> {
    const report = await this.next();
    if (report.kind !== 'failed') {
      throw new Error(`the child did not fail: ${report.kind}`);
    }
    return report;
  }

  async next(): Promise<ChildReport> {
    while (this.reports.length === 0) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        throw new Error('the child ended without a word');
      }
      await Promise.race([once(this.process, 'message'), once(this.process, 'exit')]);
    }
    return this.reports.shift()!;
  }

  async stop(): Promise<void> {
    this.process.send('stop');
    await this.next();
  }

  async kill(): Promise<void> {
    const exit = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exit;
  }
}
