import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  'alter table audit_chain add column if not exists sealed_sequence bigint not null default 0',
  // What an attempt that was broken off left behind is not valid.
  'drop index concurrently if exists audit_chain_unsealed',
  'create index concurrently audit_chain_unsealed on audit_chain (organization_id) where sequence > sealed_sequence',
  'drop index concurrently if exists webhook_endpoint_old_secret',
  `create index concurrently webhook_endpoint_old_secret on webhook_endpoint (old_secret_until)
     where sealed_old_secret is not null`,
];

/**
 * The chores find the few rows that they are for: chains with something to seal, and endpoints with an old secret. The
 * first sealing after it looks at every chain once and writes down how far it is sealed.
 */
export class FewOfMany1764600000000 implements MigrationInterface {
  readonly name = 'FewOfMany1764600000000';
  /** The indexes are made while the tables are written to. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index webhook_endpoint_old_secret');
    await runner.query('alter table audit_chain drop sealed_sequence');
  }
}
