import { Injectable } from '@nestjs/common';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { Transactions } from '#libs/database';
import { AuditCheckpoint } from './audit-checkpoint.entity.js';
import { AuditDroppedSegment } from './audit-dropped-segment.entity.js';
import { AuditEvent } from './audit-event.entity.js';

/** Which events are asked for; what is left out excludes nothing. */
export interface AuditFilter {
  /** From this moment on. */
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly to?: Date | undefined;
  /** `client.created`, or all of a kind: `client.*`. */
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly targetType?: string | undefined;
  readonly targetId?: string | undefined;
  readonly outcome?: 'success' | 'refused' | undefined;
}

/** What was tried and refused; everything else in the log was done. */
const refusals = ['client.authentication_failed', 'request.refused', 'refusals.left_out'] as const;

const exportPageSize = 1_000;
const mostSeals = 1_000;

/** Whether the event is about something that was not done. */
export function isRefusal(action: string): boolean {
  return (refusals as readonly string[]).includes(action);
}

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
      filtered(manager, organizationId, filter)
        .andWhere('event.sequence > :after', { after })
        .orderBy('event.sequence')
        .limit(limit + 1)
        .getMany(),
    );
  }

  async count(organizationId: string, filter: AuditFilter): Promise<number> {
    return this.transactions.read({ organizationId }, (manager) =>
      filtered(manager, organizationId, filter).getCount(),
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

function filtered(
  manager: EntityManager,
  organizationId: string,
  filter: AuditFilter,
): SelectQueryBuilder<AuditEvent> {
  const query = manager
    .createQueryBuilder(AuditEvent, 'event')
    .where('event.organizationId = :organizationId', { organizationId });
  const { from, to, action, actor, targetType, targetId, outcome } = filter;
  if (from) query.andWhere('event.occurredAt >= :from', { from });
  if (to) query.andWhere('event.occurredAt < :to', { to });
  if (action?.endsWith('.*'))
    query.andWhere('starts_with(event.action, :kind)', { kind: action.slice(0, -1) });
  else if (action !== undefined) query.andWhere('event.action = :action', { action });
  if (actor !== undefined) query.andWhere('event.actor = :actor', { actor });
  if (targetType !== undefined) query.andWhere('event.targetType = :targetType', { targetType });
  if (targetId !== undefined) query.andWhere('event.targetId = :targetId', { targetId });
  if (outcome === 'refused') query.andWhere('event.action in (:...refusals)', { refusals });
  if (outcome === 'success') query.andWhere('event.action not in (:...refusals)', { refusals });
  return query;
}
