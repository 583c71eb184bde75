import type { MigrationInterface, QueryRunner } from 'typeorm';

/*
 * What a next version could bring, in the two ways that docs/decisions/0014-expand-migrate-contract.md has: what is
 * quick in a transaction, what takes long outside of one.
 */

class Expand1900000000000 implements MigrationInterface {
  readonly name = 'Expand1900000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table client add colour text');
    await runner.query(`alter table credential add state text not null default 'new'`);
    await runner.query(
      'alter table client add constraint colour_known check (length(colour) < 20) not valid',
    );
    await runner.query('create table colour (id uuid primary key, organization_id uuid not null, name text)');
    await runner.query('alter table colour enable row level security, force row level security');
  }

  async down(): Promise<void> {}
}

class IndexAndFill1900000001000 implements MigrationInterface {
  readonly name = 'IndexAndFill1900000001000';
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set lock_timeout = 0');
    // What an attempt that was ended left behind is not valid.
    await runner.query('drop index concurrently if exists client_colour');
    await runner.query('create index concurrently client_colour on client (colour)');
    for (let changed = 1; changed > 0; )
      [, changed] = await runner.query(
        `update client set colour = 'grey' where ctid = any(array(select ctid from client where colour is null limit 10))`,
      );
    await runner.query('alter table client validate constraint colour_known');
  }

  async down(): Promise<void> {}
}

export const nextVersion: (new () => object)[] = [Expand1900000000000, IndexAndFill1900000001000];
