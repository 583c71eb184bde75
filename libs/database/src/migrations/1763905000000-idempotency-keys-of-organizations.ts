import type { MigrationInterface, QueryRunner } from 'typeorm';
import { endIsolation, isolateByOrganization } from './isolation.js';

/** What was answered to a caller is shown within its organization alone. */
export class IdempotencyKeysOfOrganizations1763905000000 implements MigrationInterface {
  readonly name = 'IdempotencyKeysOfOrganizations1763905000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table idempotency_key add organization_id uuid');
    await runner.query(
      'update idempotency_key k set organization_id = c.organization_id from client c where c.id::text = k.caller',
    );
    await isolateByOrganization(runner, 'idempotency_key');
  }

  async down(runner: QueryRunner): Promise<void> {
    await endIsolation(runner, 'idempotency_key');
    await runner.query('alter table idempotency_key drop organization_id');
  }
}
