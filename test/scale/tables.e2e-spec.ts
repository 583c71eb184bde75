import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CredentialUsage } from '#libs/credentials';
import { Housekeeping } from '#libs/database';
import { eventually } from '../support/eventually.js';
import { createClient, createOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { rowCounts } from './support/large-database.js';

const tokens = 500;

describe('what is stored of tokens', () => {
  let server: TestServer;
  let client: TestClient;
  before(async () => {
    server = await startServer();
    const { customerId, token } = await createOrganization(server);
    client = await createClient(server, customerId, token);
  });
  after(() => server.close());

  it('no table grows with the number of client_credentials tokens', async () => {
    // The first token brings what is kept of the client: a row for its day, and one for its address.
    await askFor(1);
    const before = await rowCounts(server.database);
    await askFor(tokens);
    assert.deepEqual(await rowCounts(server.database), before);
    const [used] = await server.database.query<{ count: number }>(
      `select sum(u.count)::integer as count from credential_use u join credential k on k.id = u.credential_id
         join client c on c.id = k.client_row_id where c.client_id = $1`,
      [client.clientId],
    );
    assert.equal(used?.count, tokens + 1, 'the tokens were counted nevertheless');
  });

  /** Gets tokens and settles their bookkeeping. */
  async function askFor(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 25)
      await Promise.all(Array.from({ length: Math.min(left, 25) }, () => server.token(client)));
    await server.app.get(CredentialUsage, { strict: false }).flush();
  }
});

describe('what every audited change writes to', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('is in one place, the row of the chain, and hardly an event makes that row anew in its indexes', async () => {
    const { customerId, token } = await createOrganization(server);
    for (let created = 0; created < 40; created++) await createClient(server, customerId, token);
    await eventually(10_000, async () => {
      const [chains] = await server.database.query<{ changes: number; inPlace: number }>(
        `select n_tup_upd::integer as changes, n_tup_hot_upd::integer as "inPlace"
         from pg_stat_user_tables where relname = 'audit_chain'`,
      );
      assert.ok(chains && chains.changes >= 40, `${chains?.changes} changes are counted yet`);
      assert.ok(chains.inPlace >= 0.9 * chains.changes, `${chains.inPlace} of ${chains.changes}`);
    });
  });
});

describe('what has run out', () => {
  let server: TestServer;
  let other: TestServer;
  before(async () => {
    server = await startServer();
    other = await startServer({ sharing: server });
  });
  after(async () => {
    await other.close();
    await server.close();
  });

  const most = 5_000;
  const rows = 12_000;
  /** Rows whose time has come, by table: how to insert as many as there are numbers. */
  const runOut: Readonly<Record<string, string>> = {
    revoked_token: `(jti, organization_id, expires_at)
      select 'out-' || n, gen_random_uuid(), now() - interval '1 second'`,
    idempotency_key: `(caller, key, fingerprint, created_at)
      select 'out-' || n, 'key', '', now() - interval '2 days'`,
    token_quota_use: `(subject, window_number, count, kept_until)
      select 'out ' || n, 1, 1, now() - interval '1 second'`,
    change_record: `(transaction_id, topic, key, created_at)
      select 1, 'client', 'out-' || n, now() - interval '3 hours'`,
    credential_use: `(credential_id, organization_id, day, count)
      select k.id, k.organization_id, current_date - 100 - n, 1 from (select id, organization_id from credential limit 1) k,`,
  };

  it('is deleted in bounded batches', async () => {
    await server.database.query('create table batch (table_name text not null, deleted integer not null)');
    await server.database.query(`
      create function note_batch() returns trigger language plpgsql security definer as $$
      begin insert into batch select tg_table_name, count(*) from gone having count(*) > 0; return null; end $$`);
    for (const [table, statement] of Object.entries(runOut)) {
      await server.database.query(
        `insert into ${table} ${statement}${statement.endsWith(',') ? '' : ' from'} generate_series(1, ${rows}) n`,
      );
      await server.database.query(
        `create trigger note_batch after delete on ${table} referencing old table as gone
         for each statement execute function note_batch()`,
      );
    }
    // Both at once: one of them does it, and the other one leaves it to that one.
    await Promise.all([server, other].map((one) => one.app.get(Housekeeping, { strict: false }).runOnce()));
    const batches = await server.database.query<{ table_name: string; deleted: number }>(
      'select * from batch',
    );
    for (const table of Object.keys(runOut)) {
      const deleted = batches.filter((batch) => batch.table_name === table).map((batch) => batch.deleted);
      assert.deepEqual(deleted, [most, most, rows - 2 * most], table);
    }
  });

  it('is deleted by one instance: another one at the same time leaves it alone', async () => {
    await server.database.query(`
      insert into revoked_token (jti, organization_id, expires_at)
      values ('left alone', gen_random_uuid(), now() - interval '1 second')`);
    const left = () => server.database.query(`select jti from revoked_token where jti = 'left alone'`);
    await server.database.query(`select pg_advisory_lock(hashtext('clientele housekeeping'))`);
    await server.app.get(Housekeeping, { strict: false }).runOnce();
    assert.equal((await left()).length, 1);
    await server.database.query(`select pg_advisory_unlock(hashtext('clientele housekeeping'))`);
    await other.app.get(Housekeeping, { strict: false }).runOnce();
    assert.equal((await left()).length, 0);
  });
});
