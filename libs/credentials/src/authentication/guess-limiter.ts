import { isIPv6 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock, type DomainError, Memory, tooMany } from '#libs/common';
import type { RegisteredClient } from '../registry/registered-client.js';

const windowMs = 60_000;
const mostPerClientAndSource = 20;
const mostPerSource = 200;
const mostPerClient = 200;
const goodSourceForMs = 24 * 60 * 60_000;
const lastSuccessForMs = 60_000;

/** From where a client authenticated last: for a while nothing else is looked at. */
const lastSuccess = new Memory<{ readonly address: string; readonly knownUntilMs: number }>();

interface Failures {
  count: number;
  readonly untilMs: number;
}

/**
 * Limits online guessing (RFC 6749 §2.3.1): per client and source, per source over all clients, and per client over
 * all sources. The last one spares sources from which the client authenticated before, so that a stranger can't lock
 * the rightful client out. Costs nothing while nobody fails.
 */
@Injectable()
export class GuessLimiter {
  /** The lifetime of an entry is measured by a clock that nobody can set back, so that no window becomes longer. */
  private readonly failures = new LRUCache<string, Failures>({ max: 50_000, ttl: windowMs });
  private readonly goodSources = new LRUCache<string, true>({
    max: 200_000,
    ttl: goodSourceForMs,
    // It would look at the clock every millisecond.
    ttlResolution: 1_000,
  });

  constructor(private readonly clock: Clock) {}

  /** @throws DomainError `too_many` when this client or this source failed too often within the last minute */
  mustMayTry(clientId: string, address: string): void {
    const refusal = this.refusalOf(clientId, address);
    if (refusal) throw refusal;
  }

  /** The DomainError `too_many` when this client or this source failed too often within the last minute. */
  refusalOf(clientId: string, address: string): DomainError | undefined {
    if (this.failures.size === 0) return undefined;
    const source = sourceOf(address);
    const pair = pairKey(clientId, source);
    return (
      this.refusalAt(pair, mostPerClientAndSource) ??
      this.refusalAt(sourceKey(source), mostPerSource) ??
      (this.goodSources.has(pair) ? undefined : this.refusalAt(clientKey(clientId), mostPerClient))
    );
  }

  /** Counts a failed attempt. */
  failed(clientId: string, address: string): void {
    const source = sourceOf(address);
    for (const key of [pairKey(clientId, source), sourceKey(source), clientKey(clientId)]) this.count(key);
  }

  /** Remembers that the client authenticated from there. */
  succeeded(client: RegisteredClient, address: string): void {
    const nowMs = this.clock.nowMs();
    const last = lastSuccess.of(client);
    if (last?.address === address && nowMs < last.knownUntilMs) return;
    lastSuccess.keep(client, { address, knownUntilMs: nowMs + lastSuccessForMs });
    const key = pairKey(client.clientId, sourceOf(address));
    if (!this.goodSources.has(key)) this.goodSources.set(key, true);
  }

  private count(key: string): void {
    const nowMs = this.clock.nowMs();
    const known = this.failures.get(key);
    if (known && nowMs < known.untilMs) known.count++;
    else this.failures.set(key, { count: 1, untilMs: nowMs + windowMs });
  }

  private refusalAt(key: string, most: number): DomainError | undefined {
    const failures = this.failures.get(key);
    if (!failures || failures.count < most) return undefined;
    const remainingMs = failures.untilMs - this.clock.nowMs();
    if (remainingMs <= 0) return undefined;
    // The clock may have been set back since.
    const retryAfterSeconds = Math.ceil(Math.min(remainingMs, windowMs) / 1000);
    return tooMany('Too many failed attempts; try again later.', retryAfterSeconds, 'too_many_failures');
  }
}

const pairKey = (clientId: string, source: string) => `p ${source} ${clientId.slice(0, 255)}`;
const sourceKey = (source: string) => `s ${source}`;
const clientKey = (clientId: string) => `c ${clientId.slice(0, 255)}`;

/** The address as one source of guesses: IPv6 by its /64, for a single subscriber owns at least that much. */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address;
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  if (!isIPv6(plain)) return plain;
  const groups = groupsOf(plain);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.');
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':');
}

/** The eight groups of an IPv6 address in whichever notation (RFC 4291 §2.2). */
function groupsOf(address: string): number[] {
  const [withoutZone = ''] = address.split('%');
  const inGroups = withoutZone.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [left = [], right] = inGroups
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16))));
  if (right === undefined) return left;
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}
