import { isIPv6 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock, tooMany } from '#libs/common';

const windowMs = 60_000;
const mostPerClientAndSource = 20;
const mostPerSource = 200;
const mostPerClient = 200;
const goodSourceForMs = 24 * 60 * 60_000;

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
  private readonly failures = new LRUCache<string, Failures>({ max: 50_000, ttl: windowMs });
  private readonly goodSources = new LRUCache<string, true>({ max: 200_000, ttl: goodSourceForMs });

  constructor(private readonly clock: Clock) {}

  /** @throws DomainError `too_many` when this client or this source failed too often within the last minute */
  mustMayTry(clientId: string, address: string): void {
    if (this.failures.size === 0) return;
    const source = sourceOf(address);
    this.mustBeBelow(pairKey(clientId, source), mostPerClientAndSource);
    this.mustBeBelow(sourceKey(source), mostPerSource);
    if (!this.goodSources.has(pairKey(clientId, source)))
      this.mustBeBelow(clientKey(clientId), mostPerClient);
  }

  /** Counts a failed attempt. */
  failed(clientId: string, address: string): void {
    const source = sourceOf(address);
    for (const key of [pairKey(clientId, source), sourceKey(source), clientKey(clientId)]) this.count(key);
  }

  /** Remembers that the client authenticated from there. */
  succeeded(clientId: string, address: string): void {
    const key = pairKey(clientId, sourceOf(address));
    if (!this.goodSources.has(key)) this.goodSources.set(key, true);
  }

  private count(key: string): void {
    const known = this.failures.get(key);
    if (known) known.count++;
    else this.failures.set(key, { count: 1, untilMs: this.clock.nowMs() + windowMs });
  }

  private mustBeBelow(key: string, most: number): void {
    const failures = this.failures.get(key);
    if (!failures || failures.count < most) return;
    const retryAfterSeconds = Math.max(1, Math.ceil((failures.untilMs - this.clock.nowMs()) / 1000));
    throw tooMany('Too many failed attempts; try again later.', retryAfterSeconds, 'too_many_failures');
  }
}

const pairKey = (clientId: string, source: string) => `p ${source} ${clientId.slice(0, 255)}`;
const sourceKey = (source: string) => `s ${source}`;
const clientKey = (clientId: string) => `c ${clientId.slice(0, 255)}`;

/** The address as one source of guesses: IPv6 by its /64, for a single subscriber owns at least that much. */
export function sourceOf(address: string): string {
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const left = head ? head.split(':') : [];
  const right = tail ? tail.split(':') : [];
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(Math.max(0, missing)).fill('0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
