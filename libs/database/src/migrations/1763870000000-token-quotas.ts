import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isolateForPlatform } from './isolation.js';

const statements = [
  'alter table client add token_quota jsonb',
  // What all instances counted: a row for each quota in use and its window, gone when that no longer counts.
  `
    create table token_quota_use (
      subject text not null,
      window_number bigint not null,
      count integer not null,
      kept_until timestamptz(3) not null,
      constraint token_quota_use_pkey primary key (subject, window_number)
    )`,
  'create index token_quota_use_kept on token_quota_use (kept_until)',
];

/** Quotas of tokens: of a client, and what the instances count together. */
export class TokenQuotas1763870000000 implements MigrationInterface {
  readonly name = 'TokenQuotas1763870000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
    await isolateForPlatform(runner, 'token_quota_use');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table token_quota_use');
    await runner.query('alter table client drop token_quota');
  }
}
