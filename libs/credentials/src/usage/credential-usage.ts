import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Housekeeping, PlatformDataSource } from '#libs/database';
import type { RegisteredCredential } from '../registry/registered-client.js';
import { type ClientAtRisk, Succession } from '../rotation/succession.js';
import { columnsOf, type Use, UseTally } from './use-tally.js';

const flushEveryMs = 1_000;
const keptDays = 90;
/** Of one credential: who has a secret and many addresses does not fill the table. */
const mostSources = 1_000;

/** Of one statement: it takes some 20 ms, far from the longest that one may, and a client that is not in memory hardly waits. */
const batchSize = 500;

/*
 * The rows are locked in one order, so that two instances that flush the same ones do not deadlock. What is unnested is
 * joined with tables by their indexes alone: the planner knows not how many rows it has, and would go through them all
 * for each one. A use moves the end of a credential that retires after a time of quiet; the answer is whose other
 * credentials might not last as long.
 */
const usesStatement = `
  with used as (
      select u.id, c.organization_id, date '1970-01-01' + u.day as day, u.count,
        to_timestamp(u.used_at_ms / 1000) as used_at, u.address, u.user_agent
      from unnest($1::uuid[], $2::integer[], $3::float8[], $4::integer[], $5::text[], $6::text[])
        as u (id, day, used_at_ms, count, address, user_agent) join credential c on c.id = u.id
      order by c.id for no key update of c),
    counted as (
      insert into credential_use (credential_id, organization_id, day, count)
      select id, organization_id, day, count from used
      on conflict (credential_id, day) do update set count = credential_use.count + excluded.count),
    written as (
      update credential c set
        last_used_at = greatest(c.last_used_at, used.used_at),
        last_address = case when c.last_used_at > used.used_at then c.last_address else used.address end,
        last_user_agent =
          case when c.last_used_at > used.used_at then c.last_user_agent else nullif(used.user_agent, '') end,
        retires_at = case when c.retires_at > used.used_at and c.retire_after_quiet_seconds is not null
          then greatest(c.retires_at, used.used_at + c.retire_after_quiet_seconds * interval '1 second')
          else c.retires_at end
      from (select distinct on (id) * from used order by id, used_at desc) as used where c.id = used.id
      returning c.id, c.client_row_id, c.kind, c.retires_at, c.retire_after_quiet_seconds)
  select distinct o.id as "organizationId", o.customer_id as "customerId", client.client_id as "clientId"
  from written join client on client.id = written.client_row_id join organization o on o.id = client.organization_id
  where written.retire_after_quiet_seconds is not null and not exists (
    select from credential other
    where other.client_row_id = written.client_row_id and other.id <> written.id and other.revoked_at is null
      and other.kind = written.kind
      and coalesce(other.expires_at, 'infinity') > written.retires_at
      and coalesce(other.retires_at, 'infinity') > written.retires_at)`;

const sourcesStatement = `
  with seen as (
      select s.*, c.organization_id
      from unnest($1::uuid[], $2::integer[], $3::float8[], $4::integer[], $5::text[], $6::text[])
        as s (id, day, used_at_ms, count, address, user_agent) join credential c on c.id = s.id
      order by c.id for no key update of c)
  insert into credential_source (credential_id, organization_id, address, user_agent, last_used_at, count)
  select s.id, s.organization_id, s.address, s.user_agent, to_timestamp(s.used_at_ms / 1000), s.count
  from seen s
  where exists (select from credential_source r
      where r.credential_id = s.id and r.address = s.address and r.user_agent = s.user_agent)
    or (select count(*) from credential_source r where r.credential_id = s.id) < ${mostSources}
  on conflict (credential_id, address, user_agent) do update set
    last_used_at = greatest(credential_source.last_used_at, excluded.last_used_at),
    count = credential_source.count + excluded.count`;

interface Written {
  readonly rows: readonly ClientAtRisk[];
  readonly unwritten: readonly Use[];
}

/**
 * Counts the uses of credentials and writes them once a second, off the hot path: in a statement for each five hundred,
 * so that many clients make it neither too long nor too large. A flush that takes longer than a second puts off the next.
 */
@Injectable()
export class CredentialUsage implements OnApplicationShutdown {
  private readonly logger = new Logger(CredentialUsage.name);
  private pending = new UseTally();
  private flushing: Promise<void> = Promise.resolve();
  /** Has not begun, so that it writes everything that is pending now. */
  private nextFlush: Promise<void> | undefined;
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
    credential: Pick<RegisteredCredential, 'id' | 'keepsSources'>,
    usedAt: Date,
    address: string,
    userAgent: string | undefined,
  ): void {
    this.pending.record(credential, usedAt.getTime(), address, userAgent);
    this.timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
  }

  /** Writes what has gathered, after a flush that is under way. A failure keeps it for the next time. */
  flush(): Promise<void> {
    this.nextFlush ??= this.flushAfter(this.flushing);
    return this.nextFlush;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  private async flushAfter(earlier: Promise<void>): Promise<void> {
    await earlier;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing = this.write();
    this.nextFlush = undefined;
    await this.flushing;
  }

  private async write(): Promise<void> {
    if (this.pending.isEmpty || !this.dataSource.isInitialized) return;
    const tally = this.pending;
    this.pending = new UseTally();
    const uses = await this.writeInBatches(usesStatement, tally.uses());
    for (const use of uses.unwritten) this.pending.restore(use);
    const sources = await this.writeInBatches(sourcesStatement, tally.sources());
    for (const use of sources.unwritten) this.pending.restoreSource(use);
    for (const client of uses.rows) await this.keepOne(client);
  }

  /** After a failure the rest is left too: mostly the database is away. */
  private async writeInBatches(statement: string, uses: readonly Use[]): Promise<Written> {
    const rows: ClientAtRisk[] = [];
    for (let start = 0; start < uses.length; start += batchSize) {
      try {
        const columns = columnsOf(uses.slice(start, start + batchSize));
        rows.push(...(await this.dataSource.query<ClientAtRisk[]>(statement, columns)));
      } catch (error) {
        const unwritten = uses.slice(start);
        this.logger.warn(`${unwritten.length} uses could not be written yet: ${(error as Error).message}`);
        return { rows, unwritten };
      }
    }
    return { rows, unwritten: [] };
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
