import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isolateByOrganization } from './isolation.js';

const statements = [
  'alter table credential add lookup_hash bytea, add quarantine jsonb',
  'create index credential_lookup on credential (lookup_hash) where lookup_hash is not null',
  `
    create table leak (
      id uuid not null,
      organization_id uuid not null,
      credential_id uuid not null,
      source text not null,
      url text not null,
      found_in text,
      action text not null,
      count integer not null,
      created_at timestamptz(3) not null,
      last_reported_at timestamptz(3) not null,
      constraint leak_pkey primary key (id),
      constraint leak_credential foreign key (credential_id) references credential(id) on delete cascade
    )`,
  // By a digest: a URL can be longer than what an index takes.
  'create unique index leak_place on leak (credential_id, source, md5(url))',
  'create index leak_of_organization on leak (organization_id, created_at, id)',
];

/** Secrets that are found by themselves, reports that they leaked, and what became of them. */
export class Leaks1763880000000 implements MigrationInterface {
  readonly name = 'Leaks1763880000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
    await isolateByOrganization(runner, 'leak');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table leak');
    await runner.query('drop index credential_lookup');
    await runner.query('alter table credential drop lookup_hash, drop quarantine');
  }
}
