// @own-process
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { fill } from './support/large-database.js';
import { enlargeFirst, rowsOfEach } from './support/large-organization.js';
import { explainStatements, StatementPlans } from './support/statement-plans.js';

const limit = 20;
/** Of what is listed, what goes with it, and the proof of who asks. */
const mostPerRow = 40;

describe('a page of a list of an organization with 3,000 of each and 20,000 events', () => {
  let owner: TestServer;
  let server: TestServer;
  let plans: StatementPlans;
  let token: string;
  before(async () => {
    owner = await startServer();
    // So many that a large organization is a small part of each table.
    await fill(owner.database, { organizations: 15_000, clientsPerOrganization: 1 });
    await enlargeFirst(owner.database);
    await explainStatements(owner.database);
    server = await startServer({ sharing: owner });
    plans = new StatementPlans(server);
    const roles = { ROLE_ADMIN_CUSTOMER: [], ROLE_ADMIN: [] };
    const admin = await createClient(server, 'POPULATED_1', await server.operatorToken(), {
      clientPermissions: { roles },
    });
    token = await server.token(admin);
    assert.equal((await server.request('GET', customer, { token })).status, 200);
  });
  after(async () => {
    await server.close();
    await owner.close();
  });

  const customer = '/oauth/customers/POPULATED_1';
  const client = `${customer}/clients/populated-1`;
  const setups = '/v2/modules/oauthv2/setups';
  const wireId = async (sql: string) => {
    const [row] = await owner.database.query<{ id: string }>(sql);
    return row?.id.replaceAll('-', '');
  };
  const ofFirst = `organization_id = (select id from organization where customer_id = 'POPULATED_1')`;

  async function listed(): Promise<string[]> {
    const setup = `${setups}/${await wireId(`select id from setup where ${ofFirst} and is_default`)}`;
    const clientOfSetup = `${setup}/clients/${await wireId(`select id from client where client_id = 'populated-1'`)}`;
    const [endpoint] = await owner.database.query<{ id: string }>(
      `select id from webhook_endpoint where ${ofFirst} order by created_at limit 1`,
    );
    const deliveries = `${customer}/webhooks/${endpoint?.id}/deliveries`;
    return [
      '/oauth/customers?',
      ...['tenants', 'roles/permissions', 'clients', 'leaks', 'webhooks', 'audit'].map(
        (what) => `${customer}/${what}?`,
      ),
      `${client}/credentials?`,
      `${client}/credentials?expiringWithin=365d`,
      `${client}/enrolments?`,
      `${deliveries}?`,
      `${deliveries}?status=failed`,
      `${deliveries}?status=delivered`,
      `${deliveries}?status=pending`,
      `${setups}?`,
      `${setups}?includeSoftDeletedStates=true`,
      `${setup}/clients?`,
      `${setup}/clients?includeSoftDeletedStates=true`,
      `${setup}/snapshots?`,
      `${setup}/snapshots?includeSoftDeletedStates=true`,
      `${setup}/resource-servers?`,
      `${clientOfSetup}/snapshots?`,
      `${clientOfSetup}/snapshots?includeSoftDeletedStates=true`,
    ];
  }

  /** Asks for a page and the one behind it. @returns how many rows each statement read, with what asked */
  async function read(path: string): Promise<{ rowsRead: number; sql: string }[]> {
    plans.all.splice(0);
    let next: string | undefined = `${path}&limit=${limit}`;
    for (let page = 0; page < 2 && next; page++) {
      const { status, text, headers } = await server.request('GET', next, { token });
      assert.equal(status, 200, `${next}: ${text}`);
      next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    return plans.all.splice(0);
  }

  function tooMany(path: string, statements: readonly { rowsRead: number; sql: string }[]): string[] {
    return statements
      .filter(({ rowsRead, sql }) => rowsRead > mostRead(sql) && !isKnown(sql))
      .map(({ rowsRead, sql }) => `${path} reads ${rowsRead} rows: ${sql}`);
  }

  it('reads about as many rows as it has', async () => {
    const found: string[] = [];
    for (const path of await listed()) found.push(...tooMany(path, await read(path)));
    assert.deepEqual(found, []);
  });

  it('does so with every filter of the audit log and with several of them', async () => {
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString();
    const filters = {
      action: ['role.created', 'client.created', 'client.*', 'role.*'],
      actor: ['admin-1', 'seldom'],
      targetType: ['role', 'client'],
      targetId: ['thing-3'],
      outcome: ['success', 'refused'],
      from: [day(400), day(100)],
      to: [day(300), day(1)],
    };
    const alone = Object.entries(filters).flatMap(([name, values]) =>
      values.map((value) => [`${name}=${value}`]),
    );
    const pairs = alone.flatMap((one) => alone.map((other) => [...one, ...other]));
    const distinct = pairs.filter(
      ([one, other]) => one && other && one.split('=')[0] !== other.split('=')[0],
    );
    const found: string[] = [];
    for (const filter of [
      ...alone,
      ...distinct,
      ['actor=seldom', 'action=client.*', 'targetType=role', 'outcome=success'],
    ]) {
      const path = `${customer}/audit?${filter.join('&')}`;
      found.push(...tooMany(path, await read(path)));
    }
    assert.deepEqual(found, []);
  });
});

/** Things that are found by their states are told apart by an index that has every state of each. */
function mostRead(sql: string): number {
  return mostPerRow * (limit + 1) + (sql.includes('as latest') ? rowsOfEach : 0);
}

/** Whoever asks is loaded with the roles of his organization, and the state of a thing is found among all that it had. */
function isKnown(sql: string): boolean {
  return sql.includes('own_roles') || sql.includes('"s"."valid_from" <=');
}
