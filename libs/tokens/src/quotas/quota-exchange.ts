import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Housekeeping, PlatformDataSource } from '#libs/database';
import type { QuotaCount } from './quota-count.js';
import { TokenQuotas } from './token-quotas.js';

const everyMs = 1_000;

interface Sent {
  readonly subject: string;
  readonly count: QuotaCount;
  readonly taken: { readonly window: number; readonly count: number };
}

/* In one order, so that two instances that write the same rows do not deadlock. */
const statement = `
  with sent as (
      select * from unnest($1::text[], $2::bigint[], $3::integer[], $4::integer[])
        as s (subject, window_number, count, seconds)),
    written as (
      insert into token_quota_use (subject, window_number, count, kept_until)
      select subject, window_number, count, now() + (2 * seconds) * interval '1 second' from sent order by subject
      on conflict (subject, window_number) do update set count = token_quota_use.count + excluded.count
      returning subject, window_number, count)
  select w.subject, w.window_number::integer as window, w.count, coalesce(p.count, 0) as previous
  from written w left join token_quota_use p on p.subject = w.subject and p.window_number = w.window_number - 1`;

/**
 * Tells the other instances once a second, in one statement, what was counted here, and learns what they counted. Only
 * quotas that something was counted against are written: a row for each and its window, however many tokens that were.
 */
@Injectable()
export class QuotaExchange implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(QuotaExchange.name);
  private timer: NodeJS.Timeout | undefined;
  private exchanging: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly quotas: TokenQuotas,
    housekeeping: Housekeeping,
  ) {
    housekeeping.deleteWhere('token_quota_use', 'kept_until < now()');
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.exchange(), everyMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.exchange();
  }

  /** Writes what has gathered. What fails is tried again the next time; meanwhile each instance counts by itself. */
  exchange(): Promise<void> {
    this.exchanging = this.exchanging.then(() => this.send());
    return this.exchanging;
  }

  private async send(): Promise<void> {
    this.quotas.sweep();
    if (!this.dataSource.isInitialized) return;
    const sent: Sent[] = [];
    for (const [subject, count] of this.quotas.counts) {
      const taken = count.takeUnsent();
      if (taken) sent.push({ subject, count, taken });
    }
    if (sent.length === 0) return;
    try {
      await this.write(sent);
    } catch (error) {
      for (const { count, taken } of sent) count.giveBack(taken);
      this.logger.warn(`Token quotas could not be exchanged: ${(error as Error).message}`);
    }
  }

  private async write(sent: readonly Sent[]): Promise<void> {
    const rows = await this.dataSource.query<
      { subject: string; window: number; count: number; previous: number }[]
    >(statement, [
      sent.map(({ subject }) => subject),
      sent.map(({ taken }) => taken.window),
      sent.map(({ taken }) => taken.count),
      sent.map(({ count }) => count.seconds),
    ]);
    const bySubject = new Map(sent.map(({ subject, count }) => [subject, count]));
    for (const { subject, ...known } of rows) bySubject.get(subject)?.learn(known);
  }
}
