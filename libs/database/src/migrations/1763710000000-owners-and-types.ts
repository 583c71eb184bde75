import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  `alter table client
     add type text not null default 'confidential',
     add offline_access boolean not null default false,
     add scopes_bound_by_owner boolean not null default false,
     add owner_row_id uuid,
     add "authorization" jsonb not null default '{}',
     add constraint client_type_known check (type = any (array['confidential'::text, 'public'::text]))`,
  // Only for the rows that are there: the application gives every value itself.
  `alter table client
     alter type drop default,
     alter offline_access drop default,
     alter scopes_bound_by_owner drop default,
     alter "authorization" drop default`,
  'create index client_owner on client (owner_row_id)',
];

/** Clients know who made them, whether they are public, and what the authorization endpoint is to ask of them. */
export class OwnersAndTypes1763710000000 implements MigrationInterface {
  readonly name = 'OwnersAndTypes1763710000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table client drop type, drop offline_access, drop scopes_bound_by_owner,
      drop owner_row_id, drop "authorization"`);
  }
}
