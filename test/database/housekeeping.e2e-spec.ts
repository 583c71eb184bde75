import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Housekeeping } from '#libs/database';
import { createOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';

describe('housekeeping', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('forgets sealed answers when their window ends, and the answers themselves when theirs does', async () => {
    const { customerId, token } = await createOrganization(server);
    const created = await server.request('POST', `/oauth/customers/${customerId}/tenants`, {
      token,
      json: { tenantId: 'tenant3' },
      headers: { 'idempotency-key': 'kept-for-a-while' },
    });
    assert.ok(created.status < 300, created.text);
    const housekeeping = server.app.get(Housekeeping, { strict: false });
    const rows = () =>
      server.database.query<{ is_sealed: boolean }>(
        `select sealed_answer is not null as is_sealed from idempotency_key where key = 'kept-for-a-while'`,
      );
    await housekeeping.runOnce();
    assert.deepEqual(await rows(), [{ is_sealed: true }]);
    await server.database.query(`update idempotency_key set created_at = now() - interval '601 seconds'`);
    await housekeeping.runOnce();
    assert.deepEqual(await rows(), [{ is_sealed: false }]);
    await server.database.query(`update idempotency_key set created_at = now() - interval '86401 seconds'`);
    await housekeeping.runOnce();
    assert.deepEqual(await rows(), []);
  });

  it('keeps revoked tokens for as long as they could live, and no longer', async () => {
    await server.database.query(
      `insert into revoked_token (jti, organization_id, expires_at) values
         ('dead', gen_random_uuid(), now() - interval '1 second'), ('alive', gen_random_uuid(), now() + interval '1 hour')`,
    );
    await server.app.get(Housekeeping, { strict: false }).runOnce();
    assert.deepEqual(await server.database.query('select jti from revoked_token'), [{ jti: 'alive' }]);
  });
});
