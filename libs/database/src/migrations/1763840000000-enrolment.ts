import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isolateByOrganization } from './isolation.js';

const statements = [
  `alter table credential
     alter hash drop not null,
     add public_jwk jsonb,
     add thumbprint text`,
  `create unique index credential_public_key on credential (client_row_id, thumbprint) where thumbprint is not null`,
  `
    create table enrolment_code (
      id uuid not null,
      organization_id uuid not null,
      client_row_id uuid not null,
      name text,
      code_hash bytea not null,
      hint text not null,
      created_by text not null,
      created_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      revoked_at timestamptz(3),
      redeemed_at timestamptz(3),
      credential_id uuid,
      credential_expires_at timestamptz(3),
      replaces uuid,
      overlap_seconds integer,
      retire_after_quiet_seconds integer,
      constraint enrolment_code_pkey primary key (id),
      constraint enrolment_code_client foreign key (client_row_id) references client(id) on delete cascade
    )`,
  'create unique index enrolment_code_hash on enrolment_code (code_hash)',
  'create index enrolment_code_of_client on enrolment_code (client_row_id, created_at)',
  'create index enrolment_code_expires on enrolment_code (expires_at)',
];

/** Public keys as credentials, and the one-time codes by which machines register theirs. */
export class Enrolment1763840000000 implements MigrationInterface {
  readonly name = 'Enrolment1763840000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
    await isolateByOrganization(runner, 'enrolment_code');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table enrolment_code');
    await runner.query(`delete from credential where hash is null`);
    await runner.query('drop index credential_public_key');
    await runner.query('alter table credential drop public_jwk, drop thumbprint, alter hash set not null');
  }
}
