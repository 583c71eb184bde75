import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  'create index credential_of_organization on credential (organization_id, created_at, id)',
  /*
   * The few clients that administer a customer other than by its own ROLE_ADMIN_CUSTOMER. An index on the roles
   * themselves would not do: under row-level security the operator ? may not be asked before the policies.
   */
  `create index client_administrators on client (id) where roles::text like '%ROLE\\_ADMIN\\_CUSTOMER\\_%'`,
  'create index change_record_created on change_record (created_at)',
];

/** What a server with a million clients would otherwise look for by reading whole tables. */
export class LargeTables1763890000000 implements MigrationInterface {
  readonly name = 'LargeTables1763890000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index credential_of_organization, client_administrators, change_record_created');
  }
}
