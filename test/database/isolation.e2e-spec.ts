import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DataSource } from 'typeorm';
import { PlatformDataSource, Transactions } from '#libs/database';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';

/*
 * What PostgreSQL itself refuses, whatever statement the application sends: here none of them names an organization.
 */
describe('a transaction', () => {
  let server: TestServer;
  let transactions: Transactions;
  let [own, other]: TestOrganization[] = [];
  let ids: Record<string, string>;
  before(async () => {
    // One connection for requests: what is left on it, the next transaction would find.
    server = await startServer({ settings: { databasePoolSize: 1 } });
    transactions = server.app.get(Transactions, { strict: false });
    own = await createOrganization(server);
    other = await createOrganization(server);
    const rows = await server.database.query<{ id: string; customer_id: string }>(
      'select id, customer_id from organization',
    );
    ids = Object.fromEntries(rows.map(({ id, customer_id }) => [customer_id, id]));
  });
  after(() => server.close());

  const scopeOf = ({ customerId }: TestOrganization) => ({ organizationId: ids[customerId] as string });
  const ownersOf = (rows: { organization_id: string }[]) => [
    ...new Set(rows.map((row) => row.organization_id)),
  ];

  it('sees the rows of its organization and no others, on every table', async () => {
    const tables = await tablesOfOrganizations(server);
    assert.ok(tables.length >= 14, `${tables.length}`);
    const scope = scopeOf(own as TestOrganization);
    let seen = 0;
    for (const [table, column] of tables) {
      const rows = await transactions.read(scope, (manager) =>
        manager.query(`select ${column} as organization_id from ${table}`),
      );
      seen += rows.length;
      assert.deepEqual(ownersOf(rows), rows.length > 0 ? [scope.organizationId] : [], table);
    }
    assert.ok(seen > 5, `${seen}`);
  });

  it('changes and deletes no foreign row', async () => {
    const before = await server.database.query('select * from client order by id');
    const { organizationId } = scopeOf(other as TestOrganization);
    await transactions.run(scopeOf(own as TestOrganization), async ({ manager }) => {
      for (const statement of [
        'update client set enabled = false where organization_id = $1',
        'delete from client where organization_id = $1',
        'delete from organization where id = $1',
      ]) {
        const [, changed] = await manager.query(statement, [organizationId]);
        assert.equal(changed, 0, statement);
      }
    });
    assert.deepEqual(await server.database.query('select * from client order by id'), before);
  });

  it('adds no row to another organization, and moves none there', async () => {
    const { organizationId } = scopeOf(other as TestOrganization);
    const scope = scopeOf(own as TestOrganization);
    for (const statement of [
      `insert into tenant (id, organization_id, tenant_id, created_at) values (gen_random_uuid(), $1, 'x', now())`,
      'update tenant set organization_id = $1',
    ]) {
      const attempt = transactions.run(scope, ({ manager }) => manager.query(statement, [organizationId]));
      await assert.rejects(attempt, { code: '42501', message: /row-level security/ }, statement);
    }
  });

  it('of the platform sees all of them, but only as long as it lasts', async () => {
    const count = async () => {
      const [row] = await server.app
        .get(DataSource, { strict: false })
        .query('select count(*)::integer from organization');
      return row.count;
    };
    const within = await transactions.read('platform', (manager) =>
      manager.query('select count(*)::integer from organization'),
    );
    assert.equal(within[0].count, 3);
    assert.equal(await count(), 0);
  });

  it('leaves nothing of its organization on the connection, whether it succeeds or fails', async () => {
    const left = () =>
      server.app.get(DataSource, { strict: false }).query(
        `select pg_backend_pid() as pid, current_user as role, current_setting('clientele.organization', true) as organization,
             current_setting('clientele.scope', true) as scope, (select count(*)::integer from client) as clients`,
      );
    const [before] = await left();
    const scope = scopeOf(own as TestOrganization);
    await transactions.run(scope, async ({ manager }) => manager.query('select 1'));
    assert.deepEqual(await left(), [before]);
    await assert.rejects(transactions.run(scope, ({ manager }) => manager.query('select 1/0')));
    assert.deepEqual(await left(), [before]);
    await transactions.run(scope, (transaction) =>
      transaction.acrossOrganizations((manager) => manager.query('select 1')),
    );
    assert.deepEqual(await left(), [before]);
    assert.deepEqual(
      { ...before, pid: 0 },
      { pid: 0, role: 'clientele_runtime', organization: '', scope: '', clients: 0 },
    );
  });

  it('within an organization refuses work of another one and of the platform', async () => {
    const scope = scopeOf(own as TestOrganization);
    for (const inner of [scopeOf(other as TestOrganization), 'platform'] as const) {
      await assert.rejects(
        transactions.run(scope, () => transactions.run(inner, async () => undefined)),
        /cannot do work outside of it/,
      );
    }
  });

  it('sees all organizations where it says so, and then its own alone again', async () => {
    const count = 'select count(*)::integer from organization';
    await transactions.run(scopeOf(own as TestOrganization), async (transaction) => {
      const [across] = await transaction.acrossOrganizations((manager) => manager.query(count));
      const [alone] = await transaction.manager.query(count);
      assert.deepEqual([across.count, alone.count], [3, 1]);
      await assert.rejects(
        transaction.acrossOrganizations(async () => {
          throw new Error('no');
        }),
        /^Error: no$/,
      );
      assert.deepEqual(await transaction.manager.query(count), [{ count: 1 }]);
    });
  });

  it('cannot change the audit log', async () => {
    const scope = scopeOf(own as TestOrganization);
    for (const statement of ['delete from audit_event', `update audit_event set action = 'x'`]) {
      await assert.rejects(
        transactions.run(scope, ({ manager }) => manager.query(statement)),
        { code: '42501', message: /permission denied/ },
      );
    }
  });

  it('cannot do more on the connections of the platform than see all rows', async () => {
    const platform = server.app.get(PlatformDataSource, { strict: false });
    const [{ count }] = await platform.query('select count(*)::integer from organization');
    assert.equal(count, 3);
    for (const statement of [
      'truncate client',
      'drop table client',
      'alter table client disable row level security',
    ])
      await assert.rejects(platform.query(statement), { code: '42501' }, statement);
  });
});

/** Each table that holds something of organizations, with the column that says whose. */
async function tablesOfOrganizations({ database }: TestServer): Promise<[table: string, column: string][]> {
  const rows = await database.query<{ name: string }>(
    `select table_name as name from information_schema.columns
     where table_schema = 'public' and column_name = 'organization_id' order by 1`,
  );
  return [['organization', 'id'], ...rows.map(({ name }): [string, string] => [name, 'organization_id'])];
}
