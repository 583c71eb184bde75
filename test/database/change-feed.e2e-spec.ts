import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { ChangeFeed } from '#libs/database';
import { type DatabaseProxy, proxyDatabaseOf } from '../support/database-proxy.js';
import { eventually } from '../support/eventually.js';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { requestByBasic } from '../support/token-requests.js';

/** The promise while the database can be reached. */
const withinMs = 1_000;

let one: TestServer;
let organization: TestOrganization;
before(async () => {
  one = await startServer();
  organization = await createOrganization(one);
});
after(() => one.close());

const newClient = () => createClient(one, organization.customerId, organization.token);

/** Ends every credential of the client, on the first server. */
async function revoke({ clientId }: TestClient): Promise<void> {
  const path = `/oauth/customers/${organization.customerId}/clients/${clientId}/credentials`;
  const { token } = organization;
  for (const { credentialId } of (await one.request('GET', path, { token })).body) {
    const { status } = await one.request('POST', `${path}/${credentialId}/revoke`, { token });
    assert.equal(status, 200);
  }
}

/** Has the server keep the client in memory. */
async function makeKnown(server: TestServer, client: TestClient): Promise<void> {
  await server.app.get(ChangeFeed, { strict: false }).catchUp();
  await server.token(client);
}

const mustRefuse = async (server: TestServer, client: TestClient) =>
  assert.equal((await requestByBasic(server, client)).status, 401);

describe('the change feed of another instance', () => {
  let proxy: DatabaseProxy;
  let other: TestServer;
  beforeEach(async () => {
    proxy = await proxyDatabaseOf(one);
  });
  afterEach(async () => {
    proxy.restore();
    await other.close();
    await proxy.close();
  });

  const start = async (databaseOutageGraceSeconds: number) => {
    other = await startServer({ sharing: proxy.behind, settings: { databaseOutageGraceSeconds } });
  };
  const staleness = async () => {
    const { status, body } = await other.request('GET', '/health/ready');
    const { text } = await other.request('GET', '/metrics');
    const metric = Number(/^change_feed_staleness_seconds (\S+)$/m.exec(text)?.[1]);
    return { status, ready: body.changeFeedStalenessSeconds as number, metric };
  };

  it('brings a revocation in time although every notification is lost', async () => {
    await start(60);
    const countLost = proxy.loseNotifications();
    for (let round = 0; round < 3; round++) {
      const client = await newClient();
      await makeKnown(other, client);
      await revoke(client);
      await eventually(withinMs, () => mustRefuse(other, client));
    }
    assert.ok(countLost() > 0, 'notifications were lost');
  });

  it('brings a change in time that commits after later ones, however long its transaction was open', async () => {
    await start(60);
    const [slow, quick] = [await newClient(), await newClient()];
    await Promise.all([makeKnown(other, slow), makeKnown(other, quick)]);
    const late = new pg.Client({ connectionString: one.database.url });
    await late.connect();
    try {
      await late.query('begin');
      await late.query(
        `update credential set revoked_at = now() where client_row_id = (select id from client where client_id = $1)`,
        [slow.clientId],
      );
      await late.query(
        `insert into change_record (transaction_id, topic, key)
         values (pg_current_xact_id()::text::bigint, 'client', $1)`,
        [slow.clientId],
      );
      await revoke(quick);
      await eventually(withinMs, () => mustRefuse(other, quick));
      await wait(900);
      await makeKnown(other, slow);
      await late.query('commit');
      await eventually(withinMs, () => mustRefuse(other, slow));
    } finally {
      await late.end();
    }
  });

  it('says how stale it is while the network swallows everything, and trusts nothing beyond the grace', async () => {
    const graceSeconds = 4;
    await start(graceSeconds);
    const client = await newClient();
    await makeKnown(other, client);
    assert.ok((await staleness()).ready < 1);
    proxy.blackHole();
    const revokedAt = performance.now();
    await revoke(client);
    let acceptedAt = 0;
    await eventually(10_000, async () => {
      const { status } = await requestByBasic(other, client);
      if (status === 200) acceptedAt = performance.now();
      assert.equal(status, 503);
    });
    assert.ok(acceptedAt > 0, 'within the grace it goes on');
    assert.ok(acceptedAt - revokedAt < graceSeconds * 1000, `${acceptedAt - revokedAt} ms`);
    const stale = await staleness();
    assert.equal(stale.status, 503);
    for (const seconds of [stale.ready, stale.metric]) assert.ok(seconds >= graceSeconds && seconds < 60);
    proxy.restore();
    await eventually(6_000, () => mustRefuse(other, client));
    await eventually(6_000, async () => assert.ok((await staleness()).ready < 1));
  });

  it('does not take it for news what happened before its connection was lost', async () => {
    await start(60);
    const client = await newClient();
    await makeKnown(other, client);
    proxy.cut();
    await eventually(3_000, async () => assert.equal((await staleness()).status, 503));
    proxy.restore();
    await eventually(3_000, async () => assert.equal((await staleness()).status, 200));
    proxy.blackHole();
    assert.equal((await requestByBasic(other, client)).status, 200, 'it is still in memory');
  });
});

describe('an instance that was paused', () => {
  let proxy: DatabaseProxy;
  let paused: ServerProcess;
  before(async () => {
    proxy = await proxyDatabaseOf(one);
    paused = await startServerProcess(proxy.url);
  });
  after(async () => {
    await paused.stop();
    await proxy.close();
  });

  it('refuses in its first answers what was revoked meanwhile', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, newClient));
    await wait(600);
    const ask = (client: TestClient) => requestByBasic(paused, client);
    for (const client of clients) assert.equal((await ask(client)).status, 200);
    paused.signal('SIGSTOP');
    try {
      for (const client of clients) await revoke(client);
      await wait(2_500);
      // They wait at its door while it stands still.
      const answers = clients.map(ask);
      await wait(100);
      // The news take longer to reach it than the requests do.
      proxy.blackHole();
      paused.signal('SIGCONT');
      await wait(500);
      proxy.restore();
      const statuses = (await Promise.all(answers)).map(({ status }) => status);
      assert.deepEqual(new Set(statuses), new Set([401]));
    } finally {
      proxy.restore();
      paused.signal('SIGCONT');
    }
  });
});
