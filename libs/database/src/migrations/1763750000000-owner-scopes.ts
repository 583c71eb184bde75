import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Clients know with which scopes their owner made them; those that are there get the ones that their owner has. */
export class OwnerScopes1763750000000 implements MigrationInterface {
  readonly name = 'OwnerScopes1763750000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table client add owner_scopes text[] not null default '{}'`);
    await runner.query(
      'update client set owner_scopes = owner.scopes from client owner where owner.id = client.owner_row_id',
    );
    await runner.query('alter table client alter owner_scopes drop default');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table client drop owner_scopes');
  }
}
