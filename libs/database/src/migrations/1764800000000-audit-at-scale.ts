import type { MigrationInterface, QueryRunner } from 'typeorm';
import { replaceIndexes, restoreIndexes } from './indexes.js';

const columns = [
  `alter table audit_chain
     add column if not exists unsealed boolean not null default true,
     add column if not exists latest_at timestamptz(3),
     add column if not exists most_late interval`,
  /*
   * What a generated column would be: adding one writes the table anew. `sequence` itself may be in no index, or each
   * event makes its chain's row anew in every index (no heap-only updates).
   */
  `create or replace function audit_chain_is_unsealed() returns trigger language plpgsql as $$
   begin
     new.unsealed := new.sequence > new.sealed_sequence;
     return new;
   end $$`,
  'drop trigger if exists audit_chain_unsealed on audit_chain',
  `create trigger audit_chain_unsealed before insert or update on audit_chain for each row
   when (new.unsealed is distinct from (new.sequence > new.sealed_sequence)) execute function audit_chain_is_unsealed()`,
];

/** The chains of before, some at a time: how far an event ever was behind the latest of those before it. */
const measure = `
  update audit_chain c set latest_at = measured.latest_at, most_late = coalesce(measured.most_late, '0')
  from (select organization_id from audit_chain where most_late is null and sequence > 0 limit 500) as few
    cross join lateral (
      select max(e.occurred_at) as latest_at, max(e.latest_at - e.occurred_at) as most_late
      from (select occurred_at, max(occurred_at) over (order by sequence) as latest_at
        from audit_event where organization_id = few.organization_id) as e) as measured
  where c.organization_id = few.organization_id`;

const kinds = 'action, target_type';
const newIndexes = {
  audit_chain_to_seal: 'audit_chain (organization_id) where unsealed',
  audit_event_time: 'audit_event (organization_id, occurred_at, sequence)',
  audit_event_of_kind: `audit_event (organization_id, ${kinds}, sequence) include (occurred_at)`,
  audit_event_of_actor: `audit_event (organization_id, actor, ${kinds}, sequence) include (occurred_at)`,
  audit_event_of_target: `audit_event (organization_id, target_id, ${kinds}, actor, sequence) include (occurred_at)`,
};
const oldIndexes = {
  audit_chain_unsealed: 'audit_chain (organization_id) where sequence > sealed_sequence',
  audit_event_occurred: 'audit_event (organization_id, occurred_at)',
  audit_event_actor: 'audit_event (organization_id, actor, sequence)',
  audit_event_action: 'audit_event (organization_id, action, sequence)',
  audit_event_target: 'audit_event (organization_id, target_id, sequence)',
};

/**
 * Every page of events is read from an index, whatever the filter, and an event no longer makes the row of its chain
 * anew in all indexes. A server of the version before works on; its pages of events take longer meanwhile.
 */
export class AuditAtScale1764800000000 implements MigrationInterface {
  readonly name = 'AuditAtScale1764800000000';
  /** The indexes are made while the tables are written to. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of columns) await runner.query(statement);
    await runner.query('set lock_timeout = 0');
    for (let changed = 1; changed > 0; ) [, changed] = await runner.query(measure);
    await replaceIndexes(runner, newIndexes, oldIndexes);
    await runner.query('reset lock_timeout');
  }

  async down(runner: QueryRunner): Promise<void> {
    await restoreIndexes(runner, newIndexes, oldIndexes);
    await runner.query('drop trigger audit_chain_unsealed on audit_chain');
    await runner.query('drop function audit_chain_is_unsealed');
    await runner.query('alter table audit_chain drop unsealed, drop latest_at, drop most_late');
  }
}
