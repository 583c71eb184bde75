import { createHmac, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import bcrypt from 'bcrypt';
import { LRUCache } from 'lru-cache';
import PQueue from 'p-queue';
import { Settings, unavailable } from '#libs/common';
import type { ImportedHash } from './imported-hash.js';
import { compareImported } from './imported-hash-comparison.js';

/** A core is left to everybody else, if there is more than one. */
const atOnce = Math.max(1, Math.min(2, availableParallelism() - 1));
const mostWaiting = 100;
const rememberForMs = 10 * 60_000;
const mostRemembered = 20_000;
/** Above this a single comparison takes seconds: no server of ours has stored such a value. */
const highestCost = 14;

/**
 * Slow hashes off the hot path. Only a few comparisons run at once, so that a storm of them leaves threads for the rest
 * of the server; a success is remembered for ten minutes under a key that only this process has.
 */
@Injectable()
export class SlowHash {
  private readonly queue = new PQueue({ concurrency: atOnce });
  private readonly remembered = new LRUCache<string, true>({ max: mostRemembered, ttl: rememberForMs });
  private readonly memoryKey = randomBytes(32);

  constructor(@Inject(Settings) private readonly settings: Settings) {}

  /** @param digest at most 72 bytes: all that bcrypt reads */
  async hash(digest: string): Promise<string> {
    return this.enqueue(() => bcrypt.hash(digest, this.settings.bcryptCost));
  }

  /** Whether the stored value was made with less work than is asked for now. */
  isWeak(stored: string): boolean {
    return costOf(stored) < this.settings.bcryptCost;
  }

  /** @throws DomainError `unavailable` when too many comparisons are waiting already */
  async compare(digest: string, stored: string): Promise<boolean> {
    if (costOf(stored) > highestCost) return false;
    return this.remember(digest, stored, () => bcrypt.compare(digest, stored));
  }

  /**
   * As `compare`, for a secret and a hash that another server made of it.
   *
   * @param stored the same hash as it is kept
   */
  async compareImported(secret: string, stored: string, hash: ImportedHash): Promise<boolean> {
    return this.remember(secret, stored, () => compareImported(secret, hash));
  }

  private async remember(
    presented: string,
    stored: string,
    compare: () => Promise<boolean>,
  ): Promise<boolean> {
    const key = createHmac('sha256', this.memoryKey)
      .update(stored)
      .update('\0')
      .update(presented)
      .digest('base64url');
    if (this.remembered.get(key)) return true;
    const matches = await this.enqueue(compare);
    if (matches) this.remembered.set(key, true);
    return matches;
  }

  private async enqueue<T>(work: () => Promise<T>): Promise<T> {
    if (this.queue.size >= mostWaiting)
      throw unavailable('Too many secrets are being checked; try again.', 1);
    return this.queue.add(work);
  }
}

/** The work factor that the value names; infinite when it is none of bcrypt's. */
function costOf(stored: string): number {
  return Number(/^\$2[aby]\$(\d\d)\$/.exec(stored)?.[1] ?? Number.POSITIVE_INFINITY);
}
