import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { unavailable } from '#libs/common';
import { type LeakReport, LeakReports } from './leak-reports.js';

const everyMs = 250;
const mostWaiting = 1_000;
const batchSize = 100;
const patienceMs = 10 * 60_000;

interface Waiting {
  readonly report: LeakReport;
  readonly sinceMs: number;
}

/**
 * Takes reports from anybody and works on them later, at fixed times: neither an answer nor its time can tell what became
 * of a secret. In memory: a kill loses what has gathered.
 */
@Injectable()
export class LeakReportQueue implements OnApplicationShutdown {
  private readonly logger = new Logger(LeakReportQueue.name);
  private waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();

  constructor(private readonly reports: LeakReports) {}

  get length(): number {
    return this.waiting.length;
  }

  /** @throws DomainError `unavailable` when too many are waiting */
  submit(report: LeakReport): void {
    if (this.waiting.length >= mostWaiting) throw unavailable('Too many reports are waiting; try again.', 5);
    this.waiting.push({ report, sinceMs: performance.now() });
    this.timer ??= setTimeout(() => this.begin(), everyMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.working;
    await this.work();
    if (this.waiting.length > 0) this.logger.warn(`${this.waiting.length} reports of leaks are lost.`);
  }

  private begin(): void {
    this.timer = undefined;
    this.working = this.work().then(() => {
      if (this.waiting.length > 0) this.timer ??= setTimeout(() => this.begin(), everyMs).unref();
    });
  }

  private async work(): Promise<void> {
    const batch = this.waiting.splice(0, batchSize);
    for (const one of batch) {
      try {
        await this.reports.handle([one.report]);
      } catch (error) {
        this.retryOrLose(one, error as Error);
      }
    }
  }

  /** While the database is away, reports wait for it. */
  private retryOrLose(one: Waiting, { message }: Error): void {
    if (performance.now() - one.sinceMs < patienceMs && this.waiting.length < mostWaiting) {
      this.waiting.push(one);
    } else this.logger.error(`A report of a leak is lost: ${message}`);
  }
}
