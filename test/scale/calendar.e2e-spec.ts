// @own-process
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CredentialCalendar } from '#libs/credentials';
import { startServer, type TestServer } from '../support/server.js';
import { fill } from './support/large-database.js';
import { explainStatements, StatementPlans } from './support/statement-plans.js';

const clients = 5_000;

describe('the calendar of 5,000 credentials that expire within 90 days', () => {
  let owner: TestServer;
  let server: TestServer;
  let plans: StatementPlans;
  before(async () => {
    owner = await startServer();
    await fill(owner.database, { organizations: 50, clientsPerOrganization: clients / 50 });
    // Half of them live for years and had the notices that were due, the others had not the life for these.
    await owner.database.query(`
      update credential k set created_at = now() - (n % 2) * interval '1000 days', expires_at = now() + left_days * interval '1 day',
        expiry_noted_days = (select min(days) from unnest(array[1, 7, 14, 30, 60, 90]) as notice (days) where left_days <= days)
      from (select id, n, 0.3 + n * 89.6 / ${clients} as left_days
        from (select id, row_number() over (order by id) as n from credential) as numbered) as spread
      where spread.id = k.id`);
    await owner.database.query('vacuum analyze credential');
    await explainStatements(owner.database);
    server = await startServer({ sharing: owner });
    plans = new StatementPlans(server);
  });
  after(async () => {
    await server.close();
    await owner.close();
  });

  /** Has the calendar do what is due. @returns what it told, and how much it looked at for that */
  async function runOnce() {
    plans.all.splice(0);
    const before = await told();
    await server.app.get(CredentialCalendar, { strict: false }).runOnce();
    const looks = plans.all.filter(({ sql }) => / as due limit|"credentialId"/.test(sql));
    assert.ok(looks.length > 0, 'it looked');
    return {
      told: (await told()).slice(before.length),
      rowsRead: looks.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
    };
  }

  async function told(): Promise<string[]> {
    const rows = await server.database.query<{ told: string }>(
      `select action || coalesce(' ' || (details ->> 'noticeDays'), '') as told from audit_event
       where action in ('credential.expiring', 'credential.expired', 'credential.retired') order by occurred_at, sequence`,
    );
    return rows.map((row) => row.told);
  }

  async function arrange(from: number, many: number, changes: string): Promise<void> {
    await server.database.query(
      `update credential set ${changes} where id in
         (select id from credential where created_at < now() - interval '900 days' order by id offset ${from} limit ${many})`,
    );
  }

  it('looks at nothing where there is nothing to tell', async () => {
    assert.deepEqual(await runOnce(), { told: [], rowsRead: 0 });
  });

  it('looks at what there is to tell, tells it once, and looks no more', async () => {
    await arrange(0, 3, `expires_at = now() + interval '29 days', expiry_noted_days = 60`);
    await arrange(3, 2, `expires_at = now() - interval '1 minute', expiry_noted_days = 1`);
    await arrange(5, 2, `retires_at = now() - interval '1 minute', expires_at = now() + interval '5 days'`);
    const { told, rowsRead } = await runOnce();
    assert.deepEqual(told.toSorted(), [
      ...Array(2).fill('credential.expired'),
      ...Array(3).fill('credential.expiring 30'),
      ...Array(2).fill('credential.retired'),
    ]);
    assert.ok(rowsRead <= 5 * told.length, `${rowsRead} rows were read`);
    assert.deepEqual(await runOnce(), { told: [], rowsRead: 0 });
  });

  it('tells an expiry too of which a retirement came later, where both were missed', async () => {
    await arrange(
      7,
      1,
      `expires_at = now() - interval '2 minutes', retires_at = now() - interval '1 minute', expiry_noted_days = 1`,
    );
    assert.deepEqual((await runOnce()).told, ['credential.expired', 'credential.retired']);
    assert.deepEqual(await runOnce(), { told: [], rowsRead: 0 });
  });

  it('settles once what a server of the version before left open, and tells nothing of it', async () => {
    await arrange(
      8,
      40,
      `created_at = now(), expires_at = now() + interval '20 days', expiry_noted_days = null`,
    );
    assert.deepEqual((await runOnce()).told, []);
    assert.deepEqual(await runOnce(), { told: [], rowsRead: 0 });
  });
});
