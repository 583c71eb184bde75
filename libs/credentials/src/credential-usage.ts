import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Housekeeping, PlatformDataSource } from '#libs/database';
import type { RegisteredCredential } from './registered-client.js';
import { type ClientAtRisk, Succession } from './succession.js';
import { UseTally } from './use-tally.js';

const flushEveryMs = 1_000;
const keptDays = 90;
/** Of one credential: who has a secret and many addresses does not fill the table. */
const mostSources = 1_000;

/*
 * The rows are locked in one order, so that two instances that flush the same ones do not deadlock. A use moves the
 * end of a credential that retires after a time of quiet; the answer is whose other credentials might not last as long.
 */
const statement = `
  with used as (
      select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[]) as u (id, used_at, address, user_agent)),
    locked as (
      select c.id, c.organization_id from credential c join used on used.id = c.id order by c.id for no key update of c),
    counted as (
      insert into credential_use (credential_id, organization_id, day, count)
      select d.id, locked.organization_id, d.day, sum(d.count)
      from unnest($5::uuid[], $6::date[], $7::integer[]) as d (id, day, count) join locked on locked.id = d.id
      group by 1, 2, 3
      on conflict (credential_id, day) do update set count = credential_use.count + excluded.count),
    seen as (
      insert into credential_source (credential_id, organization_id, address, user_agent, last_used_at, count)
      select s.id, locked.organization_id, s.address, s.user_agent, max(s.used_at), sum(s.count)
      from unnest($8::uuid[], $9::timestamptz[], $10::text[], $11::text[], $12::integer[])
        as s (id, used_at, address, user_agent, count) join locked on locked.id = s.id
      where exists (select from credential_source r
          where r.credential_id = s.id and r.address = s.address and r.user_agent = s.user_agent)
        or (select count(*) from credential_source r where r.credential_id = s.id) < ${mostSources}
      group by 1, 2, 3, 4
      on conflict (credential_id, address, user_agent) do update set
        last_used_at = greatest(credential_source.last_used_at, excluded.last_used_at),
        count = credential_source.count + excluded.count),
    written as (
      update credential c set
        last_used_at = greatest(c.last_used_at, used.used_at),
        last_address = case when c.last_used_at > used.used_at then c.last_address else used.address end,
        last_user_agent =
          case when c.last_used_at > used.used_at then c.last_user_agent else nullif(used.user_agent, '') end,
        retires_at = case when c.retires_at > used.used_at and c.retire_after_quiet_seconds is not null
          then greatest(c.retires_at, used.used_at + c.retire_after_quiet_seconds * interval '1 second')
          else c.retires_at end
      from used join locked on locked.id = used.id where c.id = used.id
      returning c.id, c.client_row_id, c.kind, c.retires_at, c.retire_after_quiet_seconds)
  select distinct o.id as "organizationId", o.customer_id as "customerId", client.client_id as "clientId"
  from written join client on client.id = written.client_row_id join organization o on o.id = client.organization_id
  where written.retire_after_quiet_seconds is not null and not exists (
    select from credential other
    where other.client_row_id = written.client_row_id and other.id <> written.id and other.revoked_at is null
      and other.kind = written.kind
      and coalesce(other.expires_at, 'infinity') > written.retires_at
      and coalesce(other.retires_at, 'infinity') > written.retires_at)`;

/** Counts the uses of credentials and writes them in one statement a second, off the hot path. */
@Injectable()
export class CredentialUsage implements OnApplicationShutdown {
  private readonly logger = new Logger(CredentialUsage.name);
  private pending = new UseTally();
  private flushing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly succession: Succession,
    housekeeping: Housekeeping,
  ) {
    housekeeping.deleteWhere('credential_use', `day <= (now() at time zone 'utc')::date - ${keptDays}`);
    housekeeping.deleteWhere('credential_source', `last_used_at < now() - interval '${keptDays} days'`);
  }

  record(
    credential: RegisteredCredential,
    usedAt: Date,
    address: string,
    userAgent: string | undefined,
  ): void {
    this.pending.record(credential, usedAt.getTime(), address, userAgent);
    this.timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
  }

  /** Writes what has gathered. A failure keeps it for the next time. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing = this.flushing.then(() => this.write());
    return this.flushing;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  private async write(): Promise<void> {
    if (this.pending.size === 0 || !this.dataSource.isInitialized) return;
    const batch = this.pending;
    this.pending = new UseTally();
    let atRisk: ClientAtRisk[];
    try {
      atRisk = await this.dataSource.query<ClientAtRisk[]>(statement, [
        ...batch.lastUses(),
        ...batch.dayCounts(),
        ...batch.sourceCounts(),
      ]);
    } catch (error) {
      this.pending.merge(batch);
      this.logger.warn(
        `The use of ${batch.size} credentials could not be written: ${(error as Error).message}`,
      );
      return;
    }
    for (const client of atRisk) await this.keepOne(client);
  }

  /** What fails here is tried again with the credential's next use. */
  private async keepOne(client: ClientAtRisk): Promise<void> {
    try {
      await this.succession.keepOneOf(client);
    } catch (error) {
      this.logger.warn(`A rotation of ${client.clientId} could not be checked: ${(error as Error).message}`);
    }
  }
}
