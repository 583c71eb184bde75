import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import { Settings } from '#libs/common';

/** So many requests in so much time. */
export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

/** What is left of a limit after a request was counted. */
export interface RateLimitState {
  readonly isExceeded: boolean;
  readonly remaining: number;
  readonly resetSeconds: number;
}

const mostPolicies = 1_000;
const redisPatienceMs = 500;

/**
 * Counts requests against limits: in memory, or in Redis for several instances. While Redis is away each instance
 * counts by itself, which is better than letting nobody or everybody in.
 */
@Injectable()
export class RateLimits implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RateLimits.name);
  private readonly limiters = new Map<string, RateLimiterAbstract>();
  private redis: Redis | undefined;

  constructor(@Inject(Settings) private readonly settings: Settings) {}

  async onModuleInit(): Promise<void> {
    const { redisUrl } = this.settings;
    if (redisUrl === undefined) return;
    // Mostly there is none: the library would be a twentieth of the start.
    const { Redis } = await import('ioredis');
    this.redis = new Redis(redisUrl, {
      lazyConnect: true,
      enableOfflineQueue: false,
      commandTimeout: redisPatienceMs,
      maxRetriesPerRequest: 1,
    });
    this.redis.on('error', (error) => this.logger.warn(`Redis cannot be reached: ${error.message}`));
    this.redis.connect().catch(() => undefined);
  }

  /** Counts one request of this key against the limit. */
  async count(key: string, limit: RateLimit): Promise<RateLimitState> {
    const outcome = await this.limiterOf(limit).consume(key).catch(refusalOrThrow);
    return {
      isExceeded: outcome.consumedPoints > limit.requests,
      remaining: Math.max(0, outcome.remainingPoints),
      resetSeconds: Math.max(1, Math.ceil(outcome.msBeforeNext / 1000)),
    };
  }

  onApplicationShutdown(): void {
    this.redis?.disconnect();
  }

  private limiterOf({ requests, seconds }: RateLimit): RateLimiterAbstract {
    const policy = `${requests}/${seconds}`;
    const known = this.limiters.get(policy);
    if (known) return known;
    if (this.limiters.size >= mostPolicies) this.limiters.clear();
    const options = { keyPrefix: `clientele:${policy}`, points: requests, duration: seconds };
    const memory = new RateLimiterMemory(options);
    const limiter = this.redis
      ? new RateLimiterRedis({ ...options, storeClient: this.redis, insuranceLimiter: memory })
      : memory;
    this.limiters.set(policy, limiter);
    return limiter;
  }
}

/** The library throws its result when the limit is exceeded, and an error when something is wrong. */
function refusalOrThrow(thrown: unknown): RateLimiterRes {
  if (thrown instanceof RateLimiterRes) return thrown;
  throw thrown;
}
