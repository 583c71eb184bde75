import { Injectable } from '@nestjs/common';
import { Transactions } from '#libs/database';
import { AuditCheckpoint } from './audit-checkpoint.entity.js';
import { AuditDroppedSegment } from './audit-dropped-segment.entity.js';
import type { AuditEvent } from './audit-event.entity.js';
import { type AuditFilter, countEvents, searchEvents } from './audit-search.js';

const exportPageSize = 1_000;
const mostSeals = 1_000;

/** Reads the audit log of one organization. */
@Injectable()
export class AuditTrail {
  constructor(private readonly transactions: Transactions) {}

  /** One page of events behind a place in the chain, the oldest first; one more than asked for when there are more. */
  async list(
    organizationId: string,
    filter: AuditFilter,
    { after, limit }: { after: string; limit: number },
  ): Promise<AuditEvent[]> {
    return this.transactions.read({ organizationId }, (manager) =>
      searchEvents(manager, organizationId, filter, { after, most: limit + 1 }),
    );
  }

  async count(organizationId: string, filter: AuditFilter): Promise<number> {
    return this.transactions.read({ organizationId }, (manager) =>
      countEvents(manager, organizationId, filter),
    );
  }

  /** Yields the events from the first to the last, page by page. */
  async *export(organizationId: string, filter: AuditFilter = {}): AsyncGenerator<AuditEvent> {
    for (let after = '0'; ; ) {
      const events = await this.list(organizationId, filter, { after, limit: exportPageSize });
      const page = events.slice(0, exportPageSize);
      yield* page;
      const last = page.at(-1);
      if (!last || events.length <= exportPageSize) return;
      after = last.sequence;
    }
  }

  /** The newest checkpoints of a chain, the oldest of them first. */
  async checkpoints(organizationId: string, most = mostSeals): Promise<AuditCheckpoint[]> {
    const newest = await this.transactions.read({ organizationId }, (manager) =>
      manager.find(AuditCheckpoint, { where: { organizationId }, order: { sequence: 'DESC' }, take: most }),
    );
    return newest.reverse();
  }

  /** The last segment of a chain that retention dropped, or null. */
  async findDropped(organizationId: string): Promise<AuditDroppedSegment | null> {
    return this.transactions.read({ organizationId }, (manager) =>
      manager.findOne(AuditDroppedSegment, { where: { organizationId }, order: { lastSequence: 'DESC' } }),
    );
  }

  /** The chain of an organization that is gone: of the one deleted last when several had the name. */
  async findDeleted(customerId: string): Promise<string | undefined> {
    const [row] = await this.transactions.read('platform', (manager) =>
      manager.query<{ id: string }[]>(
        `select organization_id as id from audit_event
         where target_id = $1 and action = 'organization.deleted' order by occurred_at desc limit 1`,
        [customerId],
      ),
    );
    return row?.id;
  }

  /** Every chain there is, by the row id of its organization; those of deleted ones too. */
  async chains(): Promise<string[]> {
    const rows = await this.transactions.read('platform', (manager) =>
      manager.query<{ id: string }[]>(
        `with recursive ${distinctOrganizations('audit_event')}, ${distinctOrganizations('audit_checkpoint')}
         select organization_id as id from audit_chain
         union select id from of_audit_event where id is not null
         union select id from of_audit_checkpoint where id is not null order by id`,
      ),
    );
    return rows.map(({ id }) => id);
  }
}

/** Goes from one organization to the next by the primary key: `distinct` would read the whole table. */
function distinctOrganizations(table: 'audit_event' | 'audit_checkpoint'): string {
  return `of_${table} (id) as (
    (select organization_id from ${table} order by 1 limit 1)
    union all
    select (select t.organization_id from ${table} t where t.organization_id > of_${table}.id order by 1 limit 1)
    from of_${table} where id is not null)`;
}
