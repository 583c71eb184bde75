import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Housekeeping, PlatformDataSource } from '#libs/database';
import type { RegisteredCredential } from '../registry/registered-client.js';
import { type ClientAtRisk, Succession } from '../rotation/succession.js';
import { turnMs, type Use, UseTally } from './use-tally.js';
import { familyOf } from './user-agent-family.js';

const afterFailureMs = 1_000;
const msPerDay = 86_400_000;
const keptDays = 90;
/** Of one credential: who has a secret and many addresses does not fill the table. */
const mostSources = 1_000;
/** Of all credentials together: nor the memory. */
const mostPlaces = 50_000;

/** Of one statement: it takes some 5 ms, so that a client that is not in memory hardly waits for it. */
const batchSize = 250;

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
      select id, organization_id, day, sum(count) from used group by id, organization_id, day
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
 * Counts the uses of credentials and writes them off the hot path: the first after a time of quiet at once, of what goes
 * on being used a row every five to ten seconds, or every second where others wait for it to be quiet. With more than
 * 5,000 in use each has its turn more seldom, at least once a minute.
 */
@Injectable()
export class CredentialUsage implements OnApplicationShutdown {
  private readonly logger = new Logger(CredentialUsage.name);
  private readonly uses = new UseTally();
  private readonly places = new UseTally(mostPlaces);
  /** One after the other, so that who waits for a flush waits for what was taken before as well. */
  private writing: Promise<unknown> = Promise.resolve();
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
    {
      id,
      keepsSources,
      retireAfterQuietSeconds,
    }: Pick<RegisteredCredential, 'id' | 'keepsSources' | 'retireAfterQuietSeconds'>,
    usedAt: Date,
    address: string,
    userAgent: string | undefined,
  ): void {
    const usedAtMs = usedAt.getTime();
    // Whether it is quiet, other instances judge by what is written.
    const isUrgent = retireAfterQuietSeconds !== null;
    this.uses.count(id, id, Math.floor(usedAtMs / msPerDay), usedAtMs, address, userAgent, isUrgent);
    if (keepsSources) {
      const family = familyOf(userAgent);
      this.places.count(`${id} ${address} ${family}`, id, 0, usedAtMs, address, family);
    }
    this.timer ??= this.writeIn(turnMs);
  }

  /** Writes everything that has gathered, after what is being written. A failure keeps it for the next time. */
  async flush(): Promise<void> {
    await this.write(() => [this.uses.takeAll(), this.places.takeAll()]);
  }

  /** As above, how often and when that credential was used alone. */
  async flushUseOf(credentialId: string): Promise<void> {
    await this.write(() => [this.uses.takeOf(credentialId), []]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flush();
    clearTimeout(this.timer);
  }

  private writeIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => void this.writeDue(), ms).unref();
  }

  private async writeDue(): Promise<void> {
    const startedAtMs = performance.now();
    const isWritten = await this.write(() => [this.uses.takeDue(), this.places.takeDue()]);
    const isOver = this.uses.isEmpty && this.places.isEmpty;
    const untilNextMs = isWritten ? Math.max(1, startedAtMs + turnMs - performance.now()) : afterFailureMs;
    this.timer = isOver ? undefined : this.writeIn(untilNextMs);
  }

  /** @returns whether nothing is left of what was taken */
  private write(take: () => [uses: Use[], places: Use[]]): Promise<boolean> {
    const written = this.writing.then(() => this.dataSource.isInitialized && this.writeNow(...take()));
    this.writing = written;
    return written;
  }

  private async writeNow(taken: readonly Use[], takenPlaces: readonly Use[]): Promise<boolean> {
    const uses = await this.writeInBatches(usesStatement, taken);
    for (const use of uses.unwritten) this.uses.restore(use);
    const places = await this.writeInBatches(sourcesStatement, takenPlaces);
    for (const use of places.unwritten) this.places.restore(use);
    for (const client of uses.rows) await this.keepOne(client);
    return uses.unwritten.length + places.unwritten.length === 0;
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

/**
 * The columns of uses for PostgreSQL: id, day, time in ms, count, address, family of the user agent. Those that need no
 * quotes are written here: pg looks through each element of an array for what to escape.
 */
function columnsOf(uses: readonly Use[]): [string, string, string, string, string[], string[]] {
  return [
    `{${uses.map(({ credentialId }) => credentialId).join()}}`,
    `{${uses.map(({ day }) => day).join()}}`,
    `{${uses.map(({ usedAtMs }) => usedAtMs).join()}}`,
    `{${uses.map(({ count }) => count).join()}}`,
    uses.map(({ address }) => address),
    uses.map(({ userAgent }) => familyOf(userAgent)),
  ];
}
