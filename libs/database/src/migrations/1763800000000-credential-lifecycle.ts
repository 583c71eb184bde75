import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  `alter table credential
     add last_address text,
     add last_user_agent text,
     add retire_after_quiet_seconds integer,
     add retirement_noted boolean not null default false,
     add expiry_noted_days integer`,
  // What ended before anybody took note of such things is no news.
  'update credential set retirement_noted = true where retires_at <= now()',
  'update credential set expiry_noted_days = 0 where expires_at <= now()',
  'alter table credential alter retirement_noted drop default',
  `
    create table credential_use (
      credential_id uuid not null,
      organization_id uuid not null,
      day date not null,
      count integer not null,
      constraint credential_use_pkey primary key (credential_id, day),
      constraint credential_use_credential foreign key (credential_id) references credential(id) on delete cascade
    )`,
  'create index credential_use_day on credential_use (day)',
  `
    create table credential_source (
      credential_id uuid not null,
      organization_id uuid not null,
      address text not null,
      user_agent text not null,
      last_used_at timestamptz(3) not null,
      count integer not null,
      constraint credential_source_pkey primary key (credential_id, address, user_agent),
      constraint credential_source_credential foreign key (credential_id) references credential(id) on delete cascade
    )`,
  'create index credential_source_last_used on credential_source (last_used_at)',
  'create index credential_expires on credential (expires_at) where expires_at is not null and revoked_at is null',
  `create index credential_expiry_to_note on credential (expires_at)
     where expires_at is not null and revoked_at is null and expiry_noted_days is distinct from 0`,
  `create index credential_retirement_to_note on credential (retires_at)
     where retires_at is not null and revoked_at is null and not retirement_noted`,
];

/** How credentials are used, retirement after a time of quiet, and what was said of their ends. */
export class CredentialLifecycle1763800000000 implements MigrationInterface {
  readonly name = 'CredentialLifecycle1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table credential_source, credential_use');
    await runner.query(
      'drop index credential_expires, credential_expiry_to_note, credential_retirement_to_note',
    );
    await runner.query(
      `alter table credential drop last_address, drop last_user_agent, drop retire_after_quiet_seconds,
         drop retirement_noted, drop expiry_noted_days`,
    );
  }
}
