import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Clock, type NetworksMode } from '#libs/common';
import { Housekeeping, type Transaction, Transactions } from '#libs/database';
import type { RegisteredClient, RegisteredCredential } from '../registry/registered-client.js';
import type { NetworkLevel, NetworkRule } from './network-rule.js';

const flushEveryMs = 1_000;
const keptDays = 90;
const mostAddresses = 100;
const mostPending = 1_000;
const sampleEveryMs = 60 * 60_000;

/** Who came from where a list leaves out, since the last flush. */
interface Sighting {
  readonly organizationId: string;
  readonly clientId: string;
  readonly credentialId: string;
  readonly level: NetworkLevel;
  readonly mode: NetworksMode;
  readonly address: string;
  count: number;
  seenAtMs: number;
}

/** How many were left out, by level and mode, since this process began. */
export type NetworkTotals = ReadonlyMap<string, number>;

/*
 * Addresses beyond the hundredth of a credential count as the one without a name: who has a secret and many addresses
 * does not fill the table. A credential that is gone meanwhile is left out.
 */
const statement = `
  with seen as (
      select * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::timestamptz[])
        as s (credential_id, level, mode, address, count, seen_at)
      where exists (select from credential c where c.id = s.credential_id)),
    placed as (
      select credential_id, level, mode, count, seen_at,
        case when exists (select from network_refusal r where r.credential_id = s.credential_id and r.address = s.address)
          or (select count(*) from network_refusal r where r.credential_id = s.credential_id)
            + row_number() over (partition by credential_id) <= ${mostAddresses} then address else '' end as address
      from seen s)
  insert into network_refusal (credential_id, organization_id, level, mode, address, count, first_seen_at, last_seen_at)
  select credential_id, $1, level, mode, address, sum(count), min(seen_at), max(seen_at) from placed
  group by 1, 3, 4, 5 order by 1, 3, 4, 5
  on conflict (credential_id, level, mode, address) do update set
    count = network_refusal.count + excluded.count,
    last_seen_at = greatest(network_refusal.last_seen_at, excluded.last_seen_at)`;

/**
 * Notes who was kept out by a list of allowed networks, or would have been: counted at once, written once a second,
 * in the log and in the audit log once an hour for each credential and list.
 */
@Injectable()
export class NetworkWatch implements OnApplicationShutdown {
  private readonly logger = new Logger(NetworkWatch.name);
  private readonly counts = new Map<string, number>();
  private readonly sampled = new LRUCache<string, true>({ max: 10_000, ttl: sampleEveryMs });
  private pending = new Map<string, Sighting>();
  private flushing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly transactions: Transactions,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    housekeeping: Housekeeping,
  ) {
    housekeeping.deleteWhere('network_refusal', `last_seen_at < now() - interval '${keptDays} days'`);
  }

  /** By `level mode`. */
  get totals(): NetworkTotals {
    return this.counts;
  }

  /** @param rules the lists that leave the address out */
  note(
    client: RegisteredClient,
    credential: RegisteredCredential,
    rules: readonly NetworkRule[],
    address: string,
  ): void {
    for (const { level, mode } of rules) {
      const total = `${level} ${mode}`;
      this.counts.set(total, (this.counts.get(total) ?? 0) + 1);
      const known = this.pending.get(`${credential.id} ${total} ${address}`);
      const named = known || this.pending.size < mostPending ? address : '';
      this.add(client, credential.id, level, mode, named);
    }
    this.timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
  }

  /** Writes what has gathered; what cannot be written is lost, for it is no more than a count. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const sightings = [...this.pending.values()];
    this.pending = new Map();
    for (const organizationId of new Set(sightings.map((sighting) => sighting.organizationId))) {
      const some = sightings.filter((sighting) => sighting.organizationId === organizationId);
      this.flushing = this.flushing.then(() => this.write(organizationId, some));
    }
    return this.flushing;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  private add(
    client: RegisteredClient,
    credentialId: string,
    level: NetworkLevel,
    mode: NetworksMode,
    address: string,
  ): void {
    const key = `${credentialId} ${level} ${mode} ${address}`;
    const seenAtMs = this.clock.nowMs();
    const known = this.pending.get(key);
    if (known) {
      known.count++;
      known.seenAtMs = seenAtMs;
      return;
    }
    const { clientId, organization } = client;
    const facts = { organizationId: organization.id, clientId, credentialId, level, mode, address };
    this.pending.set(key, { ...facts, count: 1, seenAtMs });
  }

  private async write(organizationId: string, sightings: readonly Sighting[]): Promise<void> {
    try {
      await this.transactions.run({ organizationId }, async (transaction) => {
        await transaction.manager.query(statement, [
          organizationId,
          sightings.map(({ credentialId }) => credentialId),
          sightings.map(({ level }) => level),
          sightings.map(({ mode }) => mode),
          sightings.map(({ address }) => address),
          sightings.map(({ count }) => count),
          sightings.map(({ seenAtMs }) => new Date(seenAtMs).toISOString()),
        ]);
        await this.sample(transaction, sightings);
      });
    } catch (error) {
      this.logger.warn(`Uses outside of allowed networks could not be written: ${(error as Error).message}`);
    }
  }

  private async sample(transaction: Transaction, sightings: readonly Sighting[]): Promise<void> {
    for (const { organizationId, clientId, credentialId, level, mode, address } of sightings) {
      const key = `${credentialId} ${level} ${mode}`;
      if (this.sampled.has(key)) continue;
      this.sampled.set(key, true);
      const words = mode === 'enforce' ? 'was refused' : 'would have been refused';
      const list = level === 'quarantine' ? 'quarantine leaves' : `allowed networks of the ${level} leave`;
      this.logger.warn(`The client ${clientId} ${words} at ${address}: the ${list} it out.`);
      await this.audit.record(transaction, Principal.system('system').actor, {
        organizationId,
        action: mode === 'enforce' ? 'credential.network_refused' : 'credential.network_would_refuse',
        targetType: 'credential',
        targetId: credentialId,
        details: { clientId, level, address },
      });
    }
  }
}
