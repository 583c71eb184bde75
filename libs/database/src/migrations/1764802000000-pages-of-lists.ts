import type { MigrationInterface, QueryRunner } from 'typeorm';
import { replaceIndexes, restoreIndexes } from './indexes.js';

/*
 * By what is listed, in the order of its pages; and with the organization, for which the policies ask: only then does
 * an index answer alone (fetch-page.ts).
 */
const pageOf = (owner: string) => `(${owner}, created_at, id) include (organization_id)`;

const newIndexes = {
  organization_page: 'organization (created_at, id)',
  tenant_page: 'tenant (organization_id, created_at, id)',
  organization_role_page: 'organization_role (organization_id, created_at, id)',
  resource_server_page: `resource_server ${pageOf('setup_id')}`,
  snapshot_page: 'snapshot (parent_id, created_at, id) include (organization_id, deleted_at)',
  credential_page: `credential ${pageOf('client_row_id')}`,
  credential_ending: `credential (client_row_id, created_at, id) include (organization_id, expires_at, retires_at)
    where expires_at is not null and revoked_at is null`,
  enrolment_code_page: `enrolment_code ${pageOf('client_row_id')}`,
  webhook_delivery_list: `webhook_delivery ${pageOf('endpoint_id')}`,
  webhook_delivery_of_status: `webhook_delivery ${pageOf('endpoint_id, status')}`,
};
/** What the new ones take the place of. */
const oldIndexes = {
  resource_server_of_setup: 'resource_server (setup_id, created_at, id)',
  credential_of_client: 'credential (client_row_id, created_at)',
  enrolment_code_of_client: 'enrolment_code (client_row_id, created_at)',
  webhook_delivery_page: 'webhook_delivery (endpoint_id, created_at, id)',
};

/** A page of every list is read from an index, however much is listed. */
export class PagesOfLists1764802000000 implements MigrationInterface {
  readonly name = 'PagesOfLists1764802000000';
  /** The indexes are made while the tables are written to. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set lock_timeout = 0');
    await replaceIndexes(runner, newIndexes, oldIndexes);
    await runner.query('reset lock_timeout');
  }

  async down(runner: QueryRunner): Promise<void> {
    await restoreIndexes(runner, newIndexes, oldIndexes);
  }
}
