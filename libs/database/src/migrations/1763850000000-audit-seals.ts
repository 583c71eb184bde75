import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isolateByOrganization } from './isolation.js';

/** Runs as the owner of the tables: the role that the server works as may only add and read. */
/*
 * Sees the rows that its caller's transaction sees: only a superuser may make a function that sets `clientele.scope`
 * for itself, and the owner of the tables need not be one.
 */
const dropSegment = `
  create function audit_drop_segment(organization uuid, through bigint, before timestamptz) returns bigint
  language plpgsql security definer set search_path from current as $$
  declare
    segment audit_dropped_segment%rowtype;
    dropped bigint;
  begin
    select * into segment from audit_dropped_segment d
      where d.organization_id = organization and d.last_sequence = through;
    if not found then raise exception 'the segment has no sealing record'; end if;
    if before > now() - interval '1 day' then raise exception 'the segment is too young'; end if;
    if exists (select from audit_event e where e.organization_id = organization
      and e.sequence between segment.first_sequence and through and e.occurred_at >= before)
      then raise exception 'the segment is too young'; end if;
    delete from audit_event e where e.organization_id = organization
      and e.sequence between segment.first_sequence and through;
    get diagnostics dropped = row_count;
    delete from audit_checkpoint c where c.organization_id = organization and c.sequence = through;
    return dropped;
  end $$`;

const statements = [
  `
    create table audit_key (
      kid text not null,
      public_key bytea not null,
      sealed_private_key text not null,
      created_at timestamptz(3) not null,
      constraint audit_key_pkey primary key (kid)
    )`,
  `
    create table audit_checkpoint (
      organization_id uuid not null,
      first_sequence bigint not null,
      sequence bigint not null,
      hash bytea not null,
      newest_at timestamptz(3) not null,
      created_at timestamptz(3) not null,
      kid text not null,
      signature bytea not null,
      constraint audit_checkpoint_pkey primary key (organization_id, sequence)
    )`,
  `
    create table audit_dropped_segment (
      organization_id uuid not null,
      first_sequence bigint not null,
      last_sequence bigint not null,
      hash bytea not null,
      dropped_at timestamptz(3) not null,
      kid text not null,
      signature bytea not null,
      constraint audit_dropped_segment_pkey primary key (organization_id, last_sequence)
    )`,
  'create index audit_checkpoint_newest on audit_checkpoint (newest_at)',
  'create index audit_event_actor on audit_event (organization_id, actor, sequence)',
  'create index audit_event_action on audit_event (organization_id, action, sequence)',
  'create index audit_event_target on audit_event (organization_id, target_id, sequence)',
  `create index audit_event_gone on audit_event (target_id) where action = 'organization.deleted'`,
  dropSegment,
];

/** Signed checkpoints of the audit log's chains, retention by whole segments, and indexes for its filters. */
export class AuditSeals1763850000000 implements MigrationInterface {
  readonly name = 'AuditSeals1763850000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
    await isolateByOrganization(runner, 'audit_checkpoint');
    await isolateByOrganization(runner, 'audit_dropped_segment');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function audit_drop_segment');
    await runner.query('drop table audit_dropped_segment, audit_checkpoint, audit_key');
    await runner.query(
      'drop index audit_event_actor, audit_event_action, audit_event_target, audit_event_gone',
    );
  }
}
