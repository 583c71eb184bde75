import type { MigrationInterface, QueryRunner } from 'typeorm';
import { endIsolation, isolateByOrganization, isolateForPlatform } from './isolation.js';

const tenantTables = [
  'active_token',
  'audit_chain',
  'audit_event',
  'client',
  'credential',
  'credential_source',
  'credential_use',
  'organization_role',
  'resource_server',
  'revoked_token',
  'setup',
  'snapshot',
  'tenant',
];

/** The database keeps organizations apart by itself (docs/decisions/0011-isolation-by-the-database.md). */
export class RowLevelSecurity1763900000000 implements MigrationInterface {
  readonly name = 'RowLevelSecurity1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tenantTables) await isolateByOrganization(runner, table);
    await isolateByOrganization(runner, 'organization', 'id');
    // Its keys are ids of clients and tokens of everybody.
    await isolateForPlatform(runner, 'change_record');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...tenantTables, 'organization', 'change_record']) await endIsolation(runner, table);
  }
}
