import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { CredentialCensus } from '#libs/credentials';

const expiringWithinSeconds = 30 * 86_400;
const countEveryMs = 30_000;

/** Figures of the credentials of all organizations, which every instance has alike. */
@Injectable()
export class CredentialMetrics {
  private readonly expiring: Gauge;
  private readonly expired: Gauge;
  private countedAtMs = Number.NEGATIVE_INFINITY;
  private counting: Promise<void> | undefined;

  constructor(
    private readonly census: CredentialCensus,
    @Inject(Registry) registry: Registry,
  ) {
    // All workers count the same credentials: the figures of a pool are not their sum.
    const common = { registers: [registry], collect: () => this.refresh(), aggregator: 'max' as const };
    this.expiring = new Gauge({
      ...common,
      name: 'credentials_expiring',
      help: 'Credentials that work and will have expired within 30 days.',
    });
    this.expired = new Gauge({
      ...common,
      name: 'credentials_expired',
      help: 'Credentials that have expired and were not revoked.',
    });
  }

  /** Counts now and then, whoever asks; without the database the last figures stand. */
  private refresh(): Promise<void> {
    if (performance.now() - this.countedAtMs < countEveryMs) return Promise.resolve();
    this.counting ??= this.count().finally(() => {
      this.counting = undefined;
    });
    return this.counting;
  }

  private async count(): Promise<void> {
    try {
      const { expiring, expired } = await this.census.count(expiringWithinSeconds);
      this.expiring.set(expiring);
      this.expired.set(expired);
      this.countedAtMs = performance.now();
    } catch {
      // Whether the database can be reached has figures and a probe of its own.
    }
  }
}
