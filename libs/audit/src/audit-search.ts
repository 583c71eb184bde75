import type { EntityManager } from 'typeorm';
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

/** Which of the events that a filter lets through: the first so many of the chain behind an entry. */
interface Cut {
  readonly after: string;
  readonly most: number;
}

/** The entries of a chain between two, both of them included. */
interface Stretch {
  readonly first: string;
  readonly last: string;
}

/** What was tried and refused; everything else in the log was done. */
const refusals = ['client.authentication_failed', 'request.refused', 'refusals.left_out'] as const;

/** Whether the event is about something that was not done. */
export function isRefusal(action: string): boolean {
  return (refusals as readonly string[]).includes(action);
}

/**
 * Finds events in the order of their chain, and reads no more of a large log than it takes: only the numbers of events
 * are looked for, in indexes that have everything that filters ask about, and then each event by its number. A plain
 * condition would not do: row-level security has the planner believe that hardly an event is left, and it would read
 * and sort those of the whole organization.
 */
export async function searchEvents(
  manager: EntityManager,
  organizationId: string,
  filter: AuditFilter,
  cut: Cut,
): Promise<AuditEvent[]> {
  const { columns } = manager.dataSource.getMetadata(AuditEvent);
  const facts = columns.map(({ databaseName, propertyName }) => `event.${databaseName} as "${propertyName}"`);
  return ask(
    manager,
    organizationId,
    filter,
    cut,
    (found) => `
    select ${facts.join(', ')} from (${found}) as found cross join lateral (
      select e.* from audit_event e where e.organization_id = :organizationId and e.sequence = found.sequence limit 1) as event
    order by event.sequence`,
  );
}

/** How many events a filter lets through. */
export async function countEvents(
  manager: EntityManager,
  organizationId: string,
  filter: AuditFilter,
): Promise<number> {
  const all = { after: '0', most: Number.MAX_SAFE_INTEGER };
  const [row] = await ask<{ count: string }>(
    manager,
    organizationId,
    filter,
    all,
    (found) => `select count(*) as count from (${found}) as found`,
  );
  return Number(row?.count ?? 0);
}

/** @param question asks about the numbers that the given statement finds */
async function ask<T>(
  manager: EntityManager,
  organizationId: string,
  filter: AuditFilter,
  cut: Cut,
  question: (found: string) => string,
): Promise<T[]> {
  const stretch = await stretchOf(manager, organizationId, filter);
  if (!stretch) return [];
  const kind = filter.action?.slice(0, -1);
  const [sql, parameters] = manager.dataSource.driver.escapeQueryWithParameters(
    question(isEmpty(filter) ? nextSql : nextOfKindsSql(filter)),
    { ...filter, ...cut, ...stretch, kind, organizationId, refusals },
  );
  return manager.query<T[]>(sql, parameters);
}

/*
 * How far an event ever was behind the latest of those before it; not known: anything. What a server of the version
 * before wrote beside this one is not in it, and is behind by less than a minute.
 */
const mostLate = `(select coalesce(max(most_late), interval '1000 years') + interval '1 minute'
  from audit_chain where organization_id = $1)`;

/*
 * Clocks of instances differ, so the order of a chain is not quite that of time: the first event of a period is among
 * those that occurred, at most so much later, after the earliest one.
 */
const firstSql = `select min(sequence) as sequence from (
  select sequence from audit_event where organization_id = $1 and occurred_at >= $2 and occurred_at <= ${mostLate}
    + (select occurred_at from audit_event where organization_id = $1 and occurred_at >= $2 order by 1 limit 1) offset 0) as near`;
const lastSql = `select max(sequence) as sequence from (
  select sequence from audit_event where organization_id = $1 and occurred_at < $2 and occurred_at >=
    (select occurred_at from audit_event where organization_id = $1 and occurred_at < $2 order by 1 desc limit 1) - ${mostLate} offset 0) as near`;

/** Between which entries all events of the filter's period are, with a few others. */
async function stretchOf(
  manager: EntityManager,
  organizationId: string,
  { from, to }: AuditFilter,
): Promise<Stretch | undefined> {
  const find = async (sql: string, moment: Date) => {
    const [row] = await manager.query<{ sequence: string | null }[]>(sql, [organizationId, moment]);
    return row?.sequence;
  };
  const first = from ? await find(firstSql, from) : '1';
  const last = to ? await find(lastSql, to) : '9223372036854775807';
  return first && last ? { first, last } : undefined;
}

function isEmpty(filter: AuditFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

const isNext = 'e.sequence > :after and e.sequence between :first and :last';
const nextSql = `select e.sequence from audit_event e where e.organization_id = :organizationId and ${isNext}
  order by e.sequence limit :most`;

/**
 * An index has the events of one kind in the order of the chain: those of one action on one type of thing, of an actor
 * or a thing if the filter names one. So the kinds that there are are gone through, and the first events of each that
 * the filter lets through are merged. However rare what is looked for is, nothing else is read.
 */
function nextOfKindsSql(filter: AuditFilter): string {
  const { action, actor, targetId } = filter;
  const columns = ['action', 'target_type', ...(targetId === undefined ? [] : ['actor'])];
  const listOf = (alias: string) => columns.map((column) => `${alias}.${column}`).join(', ');
  const owned = ['e.organization_id = :organizationId'];
  if (targetId !== undefined) owned.push('e.target_id = :targetId');
  else if (actor !== undefined) owned.push('e.actor = :actor');
  if (action !== undefined && !action.endsWith('.*')) owned.push('e.action = :action');
  const nextKind = `order by ${listOf('e')} limit 1`;
  return `
    with recursive kind as (
      (select ${listOf('e')} from audit_event e where ${owned.join(' and ')} ${nextKind})
      union all
      select next.* from kind cross join lateral (
        select ${listOf('e')} from audit_event e
        where ${owned.join(' and ')} and (${listOf('e')}) > (${listOf('kind')}) ${nextKind}) as next)
    select found.sequence from kind cross join lateral (
      select e.sequence from audit_event e
      where ${[...owned, ...columns.map((column) => `e.${column} = kind.${column}`), isNext, ...periodOf(filter)].join(' and ')}
      order by e.sequence limit :most) as found
    where ${kindsOf(filter).join(' and ')}
    order by found.sequence limit :most`;
}

function periodOf({ from, to }: AuditFilter): string[] {
  return [...(from ? ['e.occurred_at >= :from'] : []), ...(to ? ['e.occurred_at < :to'] : [])];
}

/** The conditions on whole kinds. */
function kindsOf({ action, actor, targetType, targetId, outcome }: AuditFilter): string[] {
  const conditions = ['true'];
  if (action?.endsWith('.*')) conditions.push('starts_with(kind.action, :kind)');
  if (targetType !== undefined) conditions.push('kind.target_type = :targetType');
  if (targetId !== undefined && actor !== undefined) conditions.push('kind.actor = :actor');
  if (outcome !== undefined)
    conditions.push(`kind.action ${outcome === 'refused' ? '' : 'not '}in (:...refusals)`);
  return conditions;
}
