import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock, DomainError, type LimitState, Memory, Settings } from '#libs/common';
import type { RegisteredClient } from '#libs/credentials';
import type { TokenQuota } from '#libs/organizations';
import { QuotaCount } from './quota-count.js';

/** Whose tokens a quota bounds, in the words of the API. */
type QuotaLevel = 'client' | 'customer' | 'server';

interface Bound {
  readonly level: QuotaLevel;
  readonly subject: string;
  readonly quota: TokenQuota;
}

const warnEveryMs = 60_000;

/** The bounds of a client change only with the object that the registry keeps of it. */
const boundsOf = new Memory<readonly Bound[]>();
const none: readonly Bound[] = [];

/**
 * Bounds how many tokens are made in a time: of a client, of an organization's clients together, and of the server.
 * Each process decides by what it has counted itself and what it learned of the others a second ago (QuotaExchange),
 * so that a request waits for nobody; several instances can go beyond a quota by what they make in that second.
 */
@Injectable()
export class TokenQuotas {
  private readonly logger = new Logger(TokenQuotas.name);
  /** By subject: `client:<row id>/60`. */
  readonly counts = new Map<string, QuotaCount>();
  /** Refusals by level and mode since the start; those in shadow mode were let through. */
  readonly exceeded = new Map<string, number>();
  private readonly warnedAtMs = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * Counts one token of the client against every quota that it has, or against none when one of them is used up.
   *
   * @returns where these stand, the narrowest first; undefined where there are none
   * @throws DomainError `too_many` (`token_quota_exceeded`), with the time until there is room
   */
  take(client: RegisteredClient): readonly LimitState[] | undefined {
    const bounds = boundsOf.of(client) ?? this.remember(client);
    if (bounds.length === 0) return undefined;
    const nowMs = this.clock.nowMs();
    for (const bound of bounds) this.mustFit(bound, nowMs);
    return bounds.map((bound) => this.count(bound, nowMs));
  }

  /** As `take` would decide now, and counts nothing. @throws DomainError as `take` */
  mustHaveRoom(client: RegisteredClient): void {
    const nowMs = this.clock.nowMs();
    for (const bound of boundsOf.of(client) ?? this.remember(client)) {
      if (bound.quota.mode !== 'shadow' && !this.hasRoom(bound, nowMs)) throw this.refusal(bound, nowMs);
    }
  }

  /** Lets go of what no longer matters; called now and then. */
  sweep(): void {
    const nowMs = this.clock.nowMs();
    for (const [subject, count] of this.counts) if (count.isOver(nowMs)) this.counts.delete(subject);
    for (const [subject, atMs] of this.warnedAtMs)
      if (atMs < nowMs - warnEveryMs) this.warnedAtMs.delete(subject);
  }

  private remember(client: RegisteredClient): readonly Bound[] {
    const { id, settings } = client.organization;
    const all: [QuotaLevel, string, TokenQuota | null | undefined][] = [
      ['client', `client:${client.id}`, client.tokenQuota ?? settings.clientTokenQuota],
      ['customer', `customer:${id}`, settings.tokenQuota],
      ['server', 'server', this.settings.tokenQuota],
    ];
    const bounds = all.flatMap(([level, name, quota]) =>
      quota ? [{ level, quota, subject: `${name}/${quota.seconds}` }] : [],
    );
    const kept = bounds.length === 0 ? none : bounds;
    boundsOf.keep(client, kept);
    return kept;
  }

  private hasRoom(bound: Bound, nowMs: number): boolean {
    return this.countOf(bound).used(nowMs) + 1 <= bound.quota.tokens;
  }

  private mustFit(bound: Bound, nowMs: number): void {
    if (this.hasRoom(bound, nowMs)) return;
    const { level, quota } = bound;
    const key = `${level} ${quota.mode ?? 'enforce'}`;
    this.exceeded.set(key, (this.exceeded.get(key) ?? 0) + 1);
    if (quota.mode === 'shadow') {
      this.warn(bound, nowMs);
      return;
    }
    throw this.refusal(bound, nowMs);
  }

  private refusal(bound: Bound, nowMs: number): DomainError {
    const { level, quota } = bound;
    const resetSeconds = this.countOf(bound).secondsUntilRoom(nowMs, quota.tokens);
    return new DomainError(
      'too_many',
      `The ${level} has used up its quota of ${quota.tokens} tokens in ${quota.seconds} seconds.`,
      {
        code: 'token_quota_exceeded',
        retryAfterSeconds: resetSeconds,
        limit: stateOf(bound, 0, resetSeconds),
      },
    );
  }

  private count(bound: Bound, nowMs: number): LimitState {
    const count = this.countOf(bound);
    count.add(nowMs);
    const remaining = Math.max(0, Math.floor(bound.quota.tokens - count.used(nowMs)));
    return stateOf(bound, remaining, count.secondsUntilEnd(nowMs));
  }

  private countOf({ subject, quota }: Bound): QuotaCount {
    const known = this.counts.get(subject);
    if (known) return known;
    const made = new QuotaCount(quota.seconds);
    this.counts.set(subject, made);
    return made;
  }

  /** Says once a minute what an enforced quota would refuse. */
  private warn({ subject, quota }: Bound, nowMs: number): void {
    if ((this.warnedAtMs.get(subject) ?? Number.NEGATIVE_INFINITY) > nowMs - warnEveryMs) return;
    this.warnedAtMs.set(subject, nowMs);
    this.logger.warn(`Beyond its token quota of ${quota.tokens} (shadow mode, nothing refused): ${subject}`);
  }
}

function stateOf({ level, quota }: Bound, remaining: number, resetSeconds: number): LimitState {
  return { name: level, limit: quota.tokens, windowSeconds: quota.seconds, remaining, resetSeconds };
}
