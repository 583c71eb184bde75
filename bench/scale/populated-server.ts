import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formHeaders } from '../cases/forms.js';
import { applyLoad, type LoadOrder, loadCore, type Ready, serverCore } from '../harness/contestant.js';
import { cpuSecondsOf, end, messageOf, startOn } from '../harness/process.js';
import { tokenBody } from './draws.js';
import { askOneByOne } from './latencies.js';

/** What one round of load came to. */
export interface Load {
  readonly requests: number;
  /** Of the server's process, a token. */
  readonly cpuMicroseconds: number;
  readonly perSecond: number;
}

/** Our server on a database of its own with so many clients, both pinned to the servers' core. */
export class PopulatedServer {
  private bodiesFile = '';
  private sent = 0;
  private draws = 0;

  private constructor(
    private readonly directory: string,
    readonly clients: number,
    private readonly child: ChildProcess,
    private readonly ready: Ready,
    /** From the start of the process on, milliseconds. */
    readonly firstTokenMs: number,
  ) {}

  /**
   * Fills the database unless it is there, starts the server anew, and asks for one token.
   *
   * @param cachedAtMost how many clients it keeps in memory
   */
  static async start(
    directory: string,
    organizations: number,
    cachedAtMost: number,
  ): Promise<PopulatedServer> {
    const clients = organizations * 100;
    const server = () =>
      startOn(serverCore, '../servers/populated.js', [
        directory,
        String(organizations),
        String(cachedAtMost),
      ]);
    const filler = server();
    await messageOf<Ready>(filler);
    await end(filler);
    const startedAt = performance.now();
    const child = server();
    const ready = await messageOf<Ready>(child);
    await askOneByOne(`http://127.0.0.1:${ready.port}`, [tokenBody(clients)]);
    return new PopulatedServer(directory, clients, child, ready, performance.now() - startedAt);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.ready.port}`;
  }

  /** What the server told of its start. */
  fact(name: string): unknown {
    return this.ready[name];
  }

  /** Bytes; the heap after a collection. */
  async memory(): Promise<{ readonly rss: number; readonly heapUsed: number }> {
    const answer = messageOf<{ rss: number; heapUsed: number }>(this.child);
    this.child.send('memory');
    return answer;
  }

  /** Writes each object that is in memory into that file. */
  async writeHeapSnapshot(snapshotFile: string): Promise<void> {
    const written = messageOf<string>(this.child);
    this.child.send({ snapshotFile });
    await written;
  }

  /** Whose tokens the load asks for from now on, in turn. */
  async draw(clientNumbers: readonly number[]): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    this.bodiesFile = join(this.directory, 'token-bodies');
    await writeFile(this.bodiesFile, clientNumbers.map(tokenBody).join('\n'));
    this.draws = clientNumbers.length;
    this.sent = 0;
  }

  /** Whether all that were drawn have been asked for: no connection is much ahead of another one. */
  get hasAskedForAll(): boolean {
    return this.sent >= 1.2 * this.draws;
  }

  /** One round of load by 32 connections. @throws Error when a token is refused */
  async load(seconds: number): Promise<Load> {
    const path = '/oauth/token';
    const order: LoadOrder = {
      path,
      url: this.origin + path,
      method: 'POST',
      headers: formHeaders,
      bodiesFile: this.bodiesFile,
      expectedStatus: 200,
      connections: 32,
      seconds,
      sent: this.sent,
    };
    const before = this.cpuSeconds();
    const { requests, failures } = await applyLoad(order, loadCore);
    const cpuMicroseconds = ((this.cpuSeconds() - before) / requests) * 1e6;
    if (failures > 0) throw new Error(`${failures} requests for tokens failed.`);
    this.sent += requests;
    return { requests, cpuMicroseconds, perSecond: requests / seconds };
  }

  async end(): Promise<void> {
    await end(this.child);
  }

  private cpuSeconds(): number {
    return cpuSecondsOf(this.child.pid as number);
  }
}
