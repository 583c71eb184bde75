import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isolateByOrganization } from './isolation.js';

const statements = [
  `
    create table webhook_endpoint (
      id uuid not null,
      organization_id uuid not null,
      url text not null,
      description text,
      event_types text[] not null,
      enabled boolean not null,
      disabled_reason text,
      sealed_secret text not null,
      sealed_old_secret text,
      old_secret_until timestamptz(3),
      failing_since timestamptz(3),
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      constraint webhook_endpoint_pkey primary key (id),
      constraint webhook_endpoint_organization foreign key (organization_id) references organization(id) on delete cascade
    )`,
  'create index webhook_endpoint_page on webhook_endpoint (organization_id, created_at, id)',
  `
    create table webhook_event (
      id uuid not null,
      organization_id uuid not null,
      type text not null,
      data jsonb not null,
      occurred_at timestamptz(3) not null,
      constraint webhook_event_pkey primary key (id),
      constraint webhook_event_organization foreign key (organization_id) references organization(id) on delete cascade
    )`,
  'create index webhook_event_organization_id on webhook_event (organization_id)',
  'create index webhook_event_occurred on webhook_event (occurred_at)',
  `
    create table webhook_delivery (
      id uuid not null,
      organization_id uuid not null,
      endpoint_id uuid not null,
      event_id uuid not null,
      status text not null,
      attempts integer not null,
      next_attempt_at timestamptz(3),
      last_attempt_at timestamptz(3),
      response_status integer,
      failure text,
      created_at timestamptz(3) not null,
      constraint webhook_delivery_pkey primary key (id),
      constraint webhook_delivery_status_known check (status = any (array['pending'::text, 'delivered'::text, 'failed'::text])),
      constraint webhook_delivery_endpoint foreign key (endpoint_id) references webhook_endpoint(id) on delete cascade,
      constraint webhook_delivery_event foreign key (event_id) references webhook_event(id) on delete cascade
    )`,
  'create index webhook_delivery_page on webhook_delivery (endpoint_id, created_at, id)',
  'create index webhook_delivery_event_id on webhook_delivery (event_id)',
  `create index webhook_delivery_due on webhook_delivery (endpoint_id, next_attempt_at)
     where next_attempt_at is not null`,
  'alter table credential add late_use_noted_at timestamptz(3)',
];

/** Webhooks: where events go, the events, and what became of each delivery. */
export class Webhooks1763810000000 implements MigrationInterface {
  readonly name = 'Webhooks1763810000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
    for (const table of ['webhook_endpoint', 'webhook_event', 'webhook_delivery']) {
      await isolateByOrganization(runner, table);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table credential drop late_use_noted_at');
    await runner.query('drop table webhook_delivery, webhook_event, webhook_endpoint');
  }
}
