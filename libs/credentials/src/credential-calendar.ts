import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Principal } from '#libs/access';
import { Clock, Repetition } from '#libs/common';
import { oneAtATime, PlatformDataSource, type Transaction, Transactions } from '#libs/database';
import type { Credential } from './credential.entity.js';
import { CredentialIssuer } from './credential-issuer.js';
import { statusOf } from './credential-lifetime.js';
import { noticeDays, noticeTooLong, shortestDue } from './expiry-notices.js';
import { ClientLock, type LockedClient } from './registration/locked-client.js';

const everyMs = 60_000;
const batchSize = 500;
const mostBatches = 20;
const lockName = 'clientele credential calendar';
interface Due {
  readonly credentialId: string;
  readonly clientId: string;
  readonly organizationId: string;
  readonly customerId: string;
}

/*
 * An index has the credentials by the notice that they had last (1000: none) and then by their expiry: those that are
 * due for the next one are at the head of each part. Compared as pairs, for which no other index will do: one of the
 * expiries alone would be taken, and has all that expire within 90 days. `case`, because under row-level security
 * `coalesce` may not be asked before the policies.
 */
const dueForNotice = noticeDays.map((days, place) => {
  const last = noticeDays[place + 1] ?? 1000;
  const pair = 'case when expiry_noted_days is null then 1000 else expiry_noted_days end, expires_at';
  return `(select id from credential
    where (${pair}) >= (${last}, '-infinity') and (${pair}) <= (${last}, $1::timestamptz + interval '${days * 24} hours')
      and expires_at is not null and revoked_at is null and expiry_noted_days is distinct from 0
      and (retires_at is null or retires_at > expires_at)
    order by ${pair} limit ${batchSize})`;
});
const dueForRetirement = `(select id from credential
  where revoked_at is null and retires_at <= $1 and not retirement_noted order by retires_at limit ${batchSize})`;
const dueIdsSql = `select id from (${[dueForRetirement, ...dueForNotice].join(' union ')}) as due limit ${batchSize}`;

/** Asked for by itself: with a guess of how many are due, it would read all credentials and clients instead. */
const dueSql = `
  select k.id as "credentialId", c.client_id as "clientId", o.id as "organizationId", o.customer_id as "customerId"
  from credential k join client c on c.id = k.client_row_id join organization o on o.id = c.organization_id
  where k.id = any($1) order by c.id, k.id`;

/**
 * Notes in the audit log what becomes of credentials by the mere passing of time: notices before they expire, expiries
 * and retirements; each once, by whichever instance comes first.
 */
@Injectable()
export class CredentialCalendar implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(CredentialCalendar.name);
  private readonly repetition = new Repetition(
    () => this.runOnce(),
    (error) => this.logger.warn(`Notices of credentials have to wait: ${error.message}`),
  );

  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly transactions: Transactions,
    private readonly lock: ClientLock,
    private readonly issuer: CredentialIssuer,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.repetition.start(everyMs);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.repetition.stop();
  }

  /** Notes everything that is due, unless another instance is at it. */
  async runOnce(): Promise<void> {
    await oneAtATime(this.dataSource, lockName, async (runner) => {
      for (let batch = 0; batch < mostBatches; batch++) {
        const ids: { id: string }[] = await runner.query(dueIdsSql, [this.clock.now().toISOString()]);
        if (ids.length === 0) return;
        const due: Due[] = await runner.query(dueSql, [ids.map(({ id }) => id)]);
        for (const one of due) await this.noteOrLeave(one);
        if (ids.length < batchSize) return;
      }
    });
  }

  /** What fails holds up nothing else, and is due again the next time. */
  private async noteOrLeave(due: Due): Promise<void> {
    try {
      await this.note(due);
    } catch (error) {
      this.logger.warn(`The credential ${due.credentialId} has to wait: ${(error as Error).message}`);
    }
  }

  private async note({ credentialId, clientId, organizationId, customerId }: Due): Promise<void> {
    await this.transactions.run({ organizationId }, async (transaction: Transaction) => {
      const locked = await this.lock.lock(transaction, { id: organizationId, customerId }, clientId);
      const credential = locked.get(credentialId);
      if (credential.revokedAt) return;
      const now = this.clock.now();
      await this.noteExpiry(locked, credential, now);
      if (statusOf(credential, now) === 'retired') await this.noteRetirement(locked, credential);
    });
  }

  private async noteRetirement(locked: LockedClient, credential: Credential): Promise<void> {
    if (credential.retirementNoted) return;
    await locked.change(credential, { retirementNoted: true });
    await this.tell(locked, credential, 'credential.retired', {});
  }

  private async noteExpiry(locked: LockedClient, credential: Credential, now: Date): Promise<void> {
    const { expiresAt, retiresAt, expiryNotedDays } = credential;
    if (!expiresAt || (retiresAt && retiresAt <= expiresAt)) return;
    // A server of the version before leaves it open which notices are too long.
    const last = expiryNotedDays ?? noticeTooLong(credential);
    const days = shortestDue(expiresAt, now);
    if (days !== undefined && (last === null || days < last)) {
      await locked.change(credential, { expiryNotedDays: days });
      if (days === 0) await this.tell(locked, credential, 'credential.expired', {});
      else await this.tell(locked, credential, 'credential.expiring', { noticeDays: days });
    } else if (last !== expiryNotedDays) await locked.change(credential, { expiryNotedDays: last });
  }

  private tell(
    { transaction, client }: LockedClient,
    credential: Credential,
    action: string,
    more: object,
  ): Promise<void> {
    return this.issuer.note(transaction, Principal.system('schedule'), client, action, credential, more);
  }
}
