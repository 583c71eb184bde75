import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Settings, unavailable } from '#libs/common';
import { ChangeReader, readTimeoutMs } from './change-reader.js';
import { Housekeeping } from './housekeeping.js';
import { Moment } from './moment.js';
import { PlatformDataSource } from './platform-data-source.js';

/** Something that is not as it was: `client` + its clientId, `organization` + its id, … */
export interface Change {
  readonly topic: string;
  readonly key: string;
}

type Listener = (key: string) => void;

const pollEveryMs = 200;
const pausedAfterMs = 2_000;
/** A read that took so much longer than it may was held up by a pause, and tells nothing of the database. */
const heldUpMs = 1_000;
/** As reads follow each other, the last one to fail began no longer ago, unless the process was paused since. */
const knownAwayMs = 2 * readTimeoutMs + pollEveryMs + heldUpMs;
/** A lost connection is replaced within this time; a database that is away for longer is known to be away. */
const noticedAfterMs = 1_000;
const gapAfterMs = 30 * 60_000;
const keepChangesFor = '2 hours';

/**
 * Keeps what this process remembers true although other processes change the database: every mutation appends to
 * the change table in its own transaction and notifies; every instance tails the table. The notification is only
 * the wake-up, the table is the truth, and a poll backs it up.
 */
@Injectable()
export class ChangeFeed implements OnApplicationShutdown {
  private readonly logger = new Logger(ChangeFeed.name);
  private readonly listeners = new Map<string, Listener[]>();
  private readonly gapListeners: (() => void | Promise<void>)[] = [];
  private readonly reader: ChangeReader;
  private readonly graceMs: number;
  private readAt = new Moment();
  /** When the last read began if it failed. */
  private failedAt: Moment | undefined;
  private isClosed = false;
  private starting: Promise<void> | undefined;
  private reading: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    dataSource: PlatformDataSource,
    @Inject(Settings) settings: Settings,
    housekeeping: Housekeeping,
  ) {
    housekeeping.deleteWhere('change_record', `created_at < now() - interval '${keepChangesFor}'`);
    this.graceMs = settings.databaseOutageGraceSeconds * 1000;
    this.reader = new ChangeReader(
      String((dataSource.options as { url?: string }).url),
      () => void this.wakeUp(),
    );
  }

  /** Calls the listener with the key of every change of the topic, once or more often. */
  subscribe(topic: string, listener: Listener): void {
    this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), listener]);
  }

  /** Calls the listener when changes may have been missed: it must forget or reload everything. */
  onGap(listener: () => void | Promise<void>): void {
    this.gapListeners.push(listener);
  }

  /** Begins to tail; what a subscriber loads after this resolves is kept true. May be called by each of them. */
  start(): Promise<void> {
    this.starting ??= this.begin();
    return this.starting;
  }

  /** Writes the changes of a transaction into it; PostgreSQL sends the wake-up when it commits. */
  async append(manager: EntityManager, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    await manager.query(
      `with written as (
         insert into change_record (transaction_id, topic, key)
         select pg_current_xact_id()::text::bigint, topic, key from unnest($1::text[], $2::text[]) as new (topic, key)
         returning 1)
       select pg_notify('clientele_change', $3) from (select count(*) from written) as counted`,
      [changes.map((change) => change.topic), changes.map((change) => change.key), this.reader.name],
    );
  }

  /** Puts the changes of a transaction of this process into force without waiting for the feed. */
  applyLocally(changes: readonly Change[]): void {
    for (const { topic, key } of changes) {
      for (const listener of this.listeners.get(topic) ?? []) listener(key);
    }
  }

  /** How long ago the feed was last read, in milliseconds: what this process may not know is younger. */
  stalenessMs(): number {
    return this.readAt.ageMs();
  }

  /**
   * What is remembered may be used: at once while the feed flows, after a catch-up when this process was paused,
   * and for the configured grace while the database is away.
   *
   * @throws DomainError `unavailable` beyond the grace
   */
  ensureFresh(): void | Promise<void> {
    const stalenessMs = this.stalenessMs();
    if (!this.failedAt) return stalenessMs > pausedAfterMs ? this.catchUpOrRefuse() : undefined;
    if (stalenessMs > this.graceMs) throw this.refusal();
    // That the database was away before a pause does not tell that it is away now.
    if (this.failedAt.ageMs() > knownAwayMs) return this.catchUpOrRefuse();
  }

  /**
   * Whoever is about to ask the database learns at once that it is away, instead of waiting for an answer that may
   * never come.
   *
   * @throws DomainError `unavailable` when the feed has not been read for a second, and the last attempt just failed
   */
  mustReachDatabase(): void {
    if (!this.failedAt || this.failedAt.ageMs() > knownAwayMs || this.stalenessMs() < noticedAfterMs) return;
    throw unavailable('The server cannot reach its database.', 1);
  }

  /** Reads what is new now. @throws Error when the database cannot be read, whatever the grace */
  async mustBeCurrent(): Promise<void> {
    await this.catchUp();
    if (this.failedAt) throw new Error('The change feed cannot be read.');
  }

  /** Reads what is new now; joins a read that is under way. */
  catchUp(): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    this.reading ??= this.readOnce().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.reading;
    await this.reader.close();
  }

  private async begin(): Promise<void> {
    const startedAt = new Moment();
    await this.reader.connect();
    this.readAt = startedAt;
    const poll = async () => {
      await this.catchUp();
      if (!this.isClosed) this.timer = setTimeout(poll, pollEveryMs).unref();
    };
    this.timer = setTimeout(poll, pollEveryMs).unref();
  }

  /** A read that is under way may have begun before what the notification is about, and would bring it a poll later. */
  private async wakeUp(): Promise<void> {
    await this.reading;
    await this.catchUp();
  }

  private async catchUpOrRefuse(): Promise<void> {
    const askedAt = new Moment();
    await this.catchUp();
    // A read that was under way may have seen the database before the pause, or have failed by the pause itself.
    if ((this.failedAt ?? this.readAt).ageMs() > askedAt.ageMs()) await this.catchUp();
    if (this.stalenessMs() > (this.failedAt ? this.graceMs : knownAwayMs)) throw this.refusal();
  }

  private refusal(): Error {
    return unavailable('The server cannot reach its database and no longer trusts what it remembers.', 1);
  }

  private async readOnce(): Promise<void> {
    const startedAt = new Moment();
    try {
      const gap = this.readAt.ageMs() > gapAfterMs;
      const changes = await this.reader.read();
      if (this.failedAt) this.logger.log('The change feed flows again.');
      // The listeners may ask the database, which is there again.
      this.failedAt = undefined;
      if (gap) await Promise.all(this.gapListeners.map((listener) => listener()));
      this.applyLocally(changes);
      this.readAt = startedAt;
    } catch (error) {
      if (startedAt.ageMs() > readTimeoutMs + heldUpMs) return;
      if (!this.failedAt) this.logger.warn(`The change feed cannot be read: ${(error as Error).message}`);
      this.failedAt = startedAt;
    }
  }
}
