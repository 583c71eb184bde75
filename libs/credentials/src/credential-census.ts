import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/common';
import { PlatformDataSource } from '#libs/database';
import { secondsAfter } from './credential-lifetime.js';

/** How many credentials of all organizations are near their end, or beyond. */
export interface CredentialCounts {
  /** Those that work now and will have expired then. */
  readonly expiring: number;
  readonly expired: number;
}

/** Counts credentials for the operator. */
@Injectable()
export class CredentialCensus {
  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly clock: Clock,
  ) {}

  async count(expiringWithinSeconds: number): Promise<CredentialCounts> {
    const now = this.clock.now();
    const [counts] = await this.dataSource.query<CredentialCounts[]>(
      `select count(*) filter (where expires_at > $1)::integer as expiring,
         count(*) filter (where expires_at <= $1)::integer as expired
       from credential
       where revoked_at is null and expires_at <= $2 and (retires_at is null or retires_at > $1)`,
      [now.toISOString(), secondsAfter(now, expiringWithinSeconds).toISOString()],
    );
    return counts as CredentialCounts;
  }
}
