import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Principal } from '#libs/access';
import { Clock, Repetition } from '#libs/common';
import { oneAtATime, PlatformDataSource, type Transaction, Transactions } from '#libs/database';
import type { Credential } from './credential.entity.js';
import { CredentialIssuer } from './credential-issuer.js';
import { secondsAfter, statusOf } from './credential-lifetime.js';
import { ClientLock, type LockedClient } from './registration/locked-client.js';

const everyMs = 60_000;
const batchSize = 500;
const mostBatches = 20;
const lockName = 'clientele credential calendar';
/** Notice of an expiry is given so many days before; 0 is the expiry itself. */
const noticeDays = [0, 1, 7, 14, 30, 60, 90];

interface Due {
  readonly credentialId: string;
  readonly clientId: string;
  readonly organizationId: string;
  readonly customerId: string;
}

/*
 * A notice is due when there was none as short. One that the credential had not as long to live from the beginning is
 * never given. Each half has an index to itself: an index of neither would be used for the two of them in one condition.
 */
const dueSql = `
  with due as (
    (select id from credential where revoked_at is null and retires_at <= $1 and not retirement_noted
     order by retires_at limit ${batchSize})
    union
    (select k.id from credential k
    where k.revoked_at is null and k.expires_at is not null and k.expiry_noted_days is distinct from 0
      and k.expires_at <= $1 + ${Math.max(...noticeDays)} * interval '1 day'
      and (k.retires_at is null or k.retires_at > k.expires_at)
      and exists (
        select from unnest($2::integer[]) as notice (days)
        where k.expires_at <= $1 + notice.days * interval '1 day'
          and (notice.days = 0 or k.expires_at > k.created_at + notice.days * interval '1 day')
          and (k.expiry_noted_days is null or k.expiry_noted_days > notice.days))
     order by k.expires_at limit ${batchSize}))
  select k.id as "credentialId", c.client_id as "clientId", o.id as "organizationId", o.customer_id as "customerId"
  from due join credential k on k.id = due.id join client c on c.id = k.client_row_id
    join organization o on o.id = c.organization_id
  order by c.id, k.id limit ${batchSize}`;

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
        const now = this.clock.now();
        const due: Due[] = await runner.query(dueSql, [now.toISOString(), noticeDays]);
        for (const one of due) await this.noteOrLeave(one);
        if (due.length < batchSize) return;
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
      if (statusOf(credential, this.clock.now()) === 'retired') await this.noteRetirement(locked, credential);
      else await this.noteExpiry(locked, credential);
    });
  }

  private async noteRetirement(locked: LockedClient, credential: Credential): Promise<void> {
    if (credential.retirementNoted) return;
    await locked.change(credential, { retirementNoted: true });
    await this.tell(locked, credential, 'credential.retired', {});
  }

  private async noteExpiry(locked: LockedClient, credential: Credential): Promise<void> {
    const days = dueNotice(credential, this.clock.now());
    if (days === undefined) return;
    await locked.change(credential, { expiryNotedDays: days });
    if (days === 0) await this.tell(locked, credential, 'credential.expired', {});
    else await this.tell(locked, credential, 'credential.expiring', { noticeDays: days });
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

/** The shortest notice that is due, if it was not given yet. */
function dueNotice({ createdAt, expiresAt, expiryNotedDays }: Credential, now: Date): number | undefined {
  if (!expiresAt) return undefined;
  const days = noticeDays.find(
    (candidate) =>
      expiresAt <= secondsAfter(now, candidate * 86_400) &&
      (candidate === 0 || expiresAt > secondsAfter(createdAt, candidate * 86_400)),
  );
  return days === undefined || (expiryNotedDays !== null && expiryNotedDays <= days) ? undefined : days;
}
