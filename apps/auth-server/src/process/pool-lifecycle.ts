import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { AggregatorRegistry } from 'prom-client';
import type { Settings } from '#libs/common';
import type { EmbeddedPostgres } from '#libs/database/embedded';
import type { Log } from '../http/logging/log.js';
import { startPostgres } from './embedded-database.js';
import { Lifecycle } from './lifecycle.js';
import { endOrder, isMetricsRequest, type MetricsAnswer } from './worker-messages.js';

const longestPauseMs = 30_000;
const healthyAfterMs = 10_000;
const marginMs = 5_000;

/**
 * The process above the workers: it serves nothing itself. It starts them on one port and one database, the first one
 * alone, which migrates; replaces those that die; and ends them all.
 */
export class PoolLifecycle extends Lifecycle {
  private readonly metrics = new AggregatorRegistry();
  private postgres: EmbeddedPostgres | undefined;
  /** For as long as workers die young, each replacement waits longer. */
  private pauseMs = 0;

  /** @param env what the workers get, keys included */
  constructor(
    private readonly settings: Settings,
    private readonly env: NodeJS.ProcessEnv,
    log: Log,
  ) {
    super(log);
  }

  protected async start(): Promise<void> {
    const databaseUrl = this.settings.databaseUrl ?? (await this.startDatabase());
    if (this.isEnding) return;
    const first = this.fork(databaseUrl);
    const hasStarted = await Promise.race([
      once(first, 'listening').then(() => true),
      once(first, 'exit').then(() => false),
    ]);
    if (this.isEnding) return;
    // It has told why on standard error.
    if (!hasStarted) return this.end('the first worker did not start', 1);
    cluster.on('exit', (worker, code, signal) => void this.replace(worker, databaseUrl, signal ?? code));
    for (let number = 1; number < this.settings.workers; number++) this.fork(databaseUrl);
  }

  protected async stop(): Promise<void> {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    const patience = new AbortController();
    const allGone = Promise.all(workers.map((worker) => once(worker, 'exit')));
    for (const worker of workers) worker.send(endOrder);
    const graceMs = this.settings.shutdownGraceSeconds * 1000 + marginMs;
    await Promise.race([allGone, wait(graceMs, undefined, { signal: patience.signal })]);
    patience.abort();
    this.abandon();
    await this.postgres?.stop();
  }

  protected override abandon(): void {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
  }

  private async startDatabase(): Promise<string> {
    this.postgres = await startPostgres(this.settings, this.log);
    return this.postgres.adminUrl;
  }

  private fork(databaseUrl: string): Worker {
    const worker = cluster.fork({ ...this.env, DATABASE_URL: databaseUrl });
    worker.on('message', (message: unknown) => {
      if (isMetricsRequest(message)) void this.answerMetrics(worker, message.id);
    });
    const youth = setTimeout(() => {
      this.pauseMs = 0;
    }, healthyAfterMs).unref();
    worker.once('exit', () => clearTimeout(youth));
    return worker;
  }

  private async replace(worker: Worker, databaseUrl: string, cause: string | number): Promise<void> {
    if (this.isEnding) return;
    this.log.error({ worker: worker.id, cause, msg: 'a worker ended and is replaced' });
    const pauseMs = this.pauseMs;
    this.pauseMs = Math.min(longestPauseMs, pauseMs === 0 ? 500 : pauseMs * 2);
    await wait(pauseMs);
    if (!this.isEnding) this.fork(databaseUrl);
  }

  /** The figures of all workers together. One that does not answer is left out by prom-client after 5 s. */
  private async answerMetrics(worker: Worker, id: number): Promise<void> {
    const answer: MetricsAnswer = { kind: 'metrics', id };
    try {
      answer.text = await this.metrics.clusterMetrics();
    } catch (error) {
      answer.error = (error as Error).message;
    }
    if (worker.isConnected()) worker.send(answer);
  }
}
