import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isolateByOrganization } from './isolation.js';

const statements = [
  'alter table client add allowed_networks jsonb',
  'alter table credential add allowed_networks jsonb',
  `
    create table network_refusal (
      credential_id uuid not null,
      organization_id uuid not null,
      level text not null,
      mode text not null,
      address text not null,
      count integer not null,
      first_seen_at timestamptz(3) not null,
      last_seen_at timestamptz(3) not null,
      constraint network_refusal_pkey primary key (credential_id, level, mode, address),
      constraint network_refusal_credential foreign key (credential_id) references credential(id) on delete cascade
    )`,
  'create index network_refusal_last_seen on network_refusal (last_seen_at)',
];

/** From where clients may be used, and who was kept out by that. */
export class AllowedNetworks1763820000000 implements MigrationInterface {
  readonly name = 'AllowedNetworks1763820000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
    await isolateByOrganization(runner, 'network_refusal');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table network_refusal');
    await runner.query('alter table credential drop allowed_networks');
    await runner.query('alter table client drop allowed_networks');
  }
}
