import { Injectable } from '@nestjs/common';
import { PlatformDataSource } from '#libs/database';
import { isLive } from '../credential-lifetime.js';
import type { RegisteredCredential } from '../registry/registered-client.js';
import { CredentialUsage } from '../usage/credential-usage.js';

/** What the database says of a credential now. */
interface Lifetime {
  readonly revokedAt: Date | null;
  readonly retiresAt: Date | null;
  readonly expiresAt: Date | null;
}

const statement = `
  with extended as (
    update credential set retires_at = greatest(retires_at, $2::timestamptz + retire_after_quiet_seconds * interval '1 second')
    where id = $1 and retires_at > $2 and retire_after_quiet_seconds is not null
    returning retires_at)
  select revoked_at as "revokedAt", expires_at as "expiresAt",
    coalesce((select retires_at from extended), retires_at) as "retiresAt"
  from credential where id = $1`;

const peek = `
  select revoked_at as "revokedAt", expires_at as "expiresAt", retires_at as "retiresAt" from credential where id = $1`;

/**
 * Tells whether a credential that retires after a time of quiet still works. Other instances see uses of which this
 * one knows nothing: towards the end the database is asked, and told of this use before it counts.
 */
@Injectable()
export class QuietRetirement {
  /** When it retires at the earliest, where that is later than at loading; in the past: it has retired. */
  private readonly ends = new WeakMap<RegisteredCredential, number>();
  private readonly asking = new WeakMap<RegisteredCredential, Promise<boolean>>();

  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly usage: CredentialUsage,
  ) {}

  /** At once for all but one request in half the time of quiet. */
  isLive(credential: RegisteredCredential, now: Date): boolean | Promise<boolean> {
    const { retiresAt, retireAfterQuietSeconds, expiresAt } = credential;
    if (retiresAt === null || retireAfterQuietSeconds === null || (expiresAt && expiresAt <= now)) {
      return isLive(credential, now);
    }
    const endMs = this.ends.get(credential) ?? retiresAt.getTime();
    if (endMs === Number.NEGATIVE_INFINITY) return false;
    // No use of such a one that counts in memory alone is older than a second: half the time of quiet is far enough ahead.
    if (now.getTime() + retireAfterQuietSeconds * 500 < endMs) return true;
    return this.asking.get(credential) ?? this.ask(credential, now);
  }

  /** Whether it would work at that moment, by what the database says now; counts as no use. */
  async wouldBeLive(credential: RegisteredCredential, at: Date): Promise<boolean> {
    if (credential.retireAfterQuietSeconds === null) return isLive(credential, at);
    // Uses that count in memory alone move its end too.
    await this.usage.flushUseOf(credential.id);
    const [found] = await this.dataSource.query<Lifetime[]>(peek, [credential.id]);
    return found !== undefined && isLive(found, at);
  }

  private ask(credential: RegisteredCredential, now: Date): Promise<boolean> {
    const answer = this.extend(credential, now).finally(() => this.asking.delete(credential));
    this.asking.set(credential, answer);
    return answer;
  }

  private async extend(credential: RegisteredCredential, now: Date): Promise<boolean> {
    await this.usage.flushUseOf(credential.id);
    const [found] = await this.dataSource.query<Lifetime[]>(statement, [credential.id, now.toISOString()]);
    const works = found !== undefined && isLive(found, now);
    const endMs = found?.retiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
    this.ends.set(credential, works ? endMs : Number.NEGATIVE_INFINITY);
    return works;
  }
}
