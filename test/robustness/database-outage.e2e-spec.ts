// @own-process
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { ChangeFeed } from '#libs/database';
import { postmasterPid, query } from '../embedded/support/cluster-probe.js';
import { type DatabaseProxy, proxyDatabaseOf } from '../support/database-proxy.js';
import { eventually } from '../support/eventually.js';
import { clientBody, createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { requestByBasic } from '../support/token-requests.js';
import { errorCases } from '../surfaces/support/error-shapes.js';
import { ConnectionHogs } from './support/connection-hogs.js';
import { type OwnCluster, startOwnCluster } from './support/own-cluster.js';

const maxConnections = 25;
const recoversWithinMs = 20_000;
const arrivesWithinMs = 1_000;
/** How long a network that swallows everything goes unnoticed, and how long an answer may take that waits for nothing. */
const noticedWithinMs = 3_000;
const atOnceMs = 1_000;

let cluster: OwnCluster;
let server: TestServer;
let organization: TestOrganization;
let known: TestClient;
before(async () => {
  cluster = await startOwnCluster(maxConnections);
  server = await startServer();
  // A clone inherits the numbers that its template's sequences have in hand without a record of them in the WAL: a
  // crash before the next checkpoint gives them out again.
  await query(server.database.url, 'checkpoint');
  organization = await createOrganization(server);
  known = await createClient(server, organization.customerId, organization.token);
  await makeKnown(server);
});
after(async () => {
  await server.close();
  await cluster.stop();
});

/** Has the server remember the client: what it hears afterwards of the client's creation would make it forget again. */
async function makeKnown(to: TestServer): Promise<void> {
  await to.app.get(ChangeFeed, { strict: false }).catchUp();
  await to.token(known);
}

/** Asserts the answer of the native API while the database is away. */
function assertUnavailable({ status, headers, body, text }: Answer): void {
  assert.equal(status, 503, text);
  assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  assert.deepEqual(Object.keys(body), ['severity', 'errorMessage', 'errorCode', 'errorDetailMessage']);
  assert.equal(body.errorCode, 503);
  assert.doesNotMatch(text, /ECONN|terminat|connection|postgres|sql|57P0|\n\s+at /i);
}

function listClients(from: TestServer = server): Promise<Answer> {
  const { customerId, token } = organization;
  return from.request('GET', `/oauth/customers/${customerId}/clients?limit=250`, { token });
}

function postClient(clientId: string, from: TestServer = server): Promise<Answer> {
  const { customerId, token } = organization;
  const json = clientBody({ clientId });
  return from.request('POST', `/oauth/customers/${customerId}/clients`, { token, json });
}

describe('kill -9 of PostgreSQL under a running server', () => {
  it('answers 503 or properly, serves known clients throughout, and recovers by itself', async () => {
    process.kill(postmasterPid(cluster.dataDir), 'SIGKILL');
    const reads: Answer[] = [];
    const writes: [clientId: string, answer: Answer][] = [];
    const endsAt = performance.now() + recoversWithinMs;
    do {
      assert.ok(performance.now() < endsAt, `it does not recover: ${reads.at(-1)?.text}`);
      const clientId = `written-in-the-outage-${writes.length}`;
      const [read, write, token] = await Promise.all([
        listClients(),
        postClient(clientId),
        requestByBasic(server, known),
      ]);
      reads.push(read);
      writes.push([clientId, write]);
      assert.equal(token.status, 200, token.text);
      await wait(25);
    } while (reads.at(-1)?.status !== 200 || writes.at(-1)?.[1].status !== 200);

    const refused = [...reads, ...writes.map(([, answer]) => answer)].filter(({ status }) => status !== 200);
    assert.ok(refused.length > 0, 'the outage was noticed');
    for (const answer of refused) assertUnavailable(answer);
    await assertNothingHalfWritten(writes);
  });

  /** What was acknowledged is there and works; what was refused is there as a whole or not at all. */
  async function assertNothingHalfWritten(writes: readonly [string, Answer][]): Promise<void> {
    for (const [clientId, { status, body }] of writes.filter(([, { status }]) => status === 200)) {
      const { clientSecret } = body;
      assert.ok(await server.token({ clientId, secret: clientSecret }), `${clientId}: ${status}`);
    }
    const halves = await query(
      server.database.url,
      `select client_id from client c where not exists (select 1 from credential k where k.client_row_id = c.id)
       or not exists (select 1 from audit_event e where e.target_id = c.client_id)`,
    );
    assert.deepEqual(halves, []);
  }
});

describe('a database that has no connection left', () => {
  let hogs: ConnectionHogs;
  before(() => {
    hogs = new ConnectionHogs(cluster.postgres.adminUrl);
  });
  afterEach(() => hogs.release());

  it('makes 503 of what needs one, and 200 as soon as there are some', async () => {
    await hogs.takeAll();
    assertUnavailable(await listClients());
    assertUnavailable(await postClient('none-left'));
    assert.equal((await requestByBasic(server, known)).status, 200);
    await hogs.release();
    await eventually(recoversWithinMs, async () => assert.equal((await listClients()).status, 200));
  });
});

describe('a database that cannot be reached', () => {
  let proxy: DatabaseProxy;
  let behind: TestServer;
  beforeEach(async () => {
    proxy = await proxyDatabaseOf(server);
  });
  afterEach(async () => {
    proxy.restore();
    await behind.close();
    await proxy.close();
  });

  const start = async (databaseOutageGraceSeconds: number) => {
    behind = await startServer({ sharing: proxy.behind, settings: { databaseOutageGraceSeconds } });
    await makeKnown(behind);
    assert.equal((await listClients(behind)).status, 200);
  };

  const unknown: TestClient = { clientId: 'never-seen-here', secret: 'a-secret-of-nobody' };

  it('lets known clients go on within the grace, and nobody else', async () => {
    await start(60);
    proxy.cut();
    assert.equal((await requestByBasic(behind, known)).status, 200);
    const refused = await requestByBasic(behind, unknown);
    assert.equal(refused.status, 503, refused.text);
    assert.equal(refused.body.error, 'temporarily_unavailable');
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    const wrong = await requestByBasic(behind, { ...known, secret: 'wrong-wrong-wrong' });
    assert.deepEqual([wrong.status, wrong.body.error], [401, 'invalid_client']);
    assertUnavailable(await listClients(behind));
    assertUnavailable(await postClient('not-written', behind));
    assert.equal((await behind.request('GET', '/health/live')).status, 200);
    assert.equal((await behind.request('GET', '/health/ready')).status, 503);
    proxy.restore();
    await eventually(recoversWithinMs, async () => {
      assert.equal((await requestByBasic(behind, unknown)).status, 401);
      assert.equal((await behind.request('GET', '/health/ready')).status, 200);
    });
  });

  it('lets nobody go on after the grace, and everybody after the outage', async () => {
    await start(1);
    proxy.cut();
    assert.equal((await requestByBasic(behind, known)).status, 200);
    const refused = await eventually(4_000, async () => {
      const answer = await requestByBasic(behind, known);
      assert.equal(answer.status, 503, answer.text);
      return answer;
    });
    assert.equal(refused.body.error, 'temporarily_unavailable');
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assertUnavailable(await listClients(behind));
    proxy.restore();
    await eventually(recoversWithinMs, async () =>
      assert.equal((await requestByBasic(behind, known)).status, 200),
    );
  });

  it('refuses at once, in the words of each surface, what needs one that is known to swallow everything', async () => {
    await start(60);
    const { customerId, token } = organization;
    proxy.blackHole();
    await wait(noticedWithinMs);
    for (const { name, create, valid, assertError } of errorCases(customerId)) {
      const askedAt = performance.now();
      const answer = await behind.request('POST', create, { token, json: valid });
      assert.ok(performance.now() - askedAt < atOnceMs, name);
      assert.equal(answer.status, 503, `${name}: ${answer.text}`);
      assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/, name);
      assertError(answer, 503);
    }
    const askedAt = performance.now();
    assertUnavailable(await listClients(behind));
    assert.equal((await requestByBasic(behind, unknown)).status, 503);
    assert.ok(performance.now() - askedAt < atOnceMs);
    assert.equal((await requestByBasic(behind, known)).status, 200);
    proxy.restore();
    await eventually(recoversWithinMs, async () =>
      assert.equal((await postClient('after-the-hole', behind)).status, 200),
    );
  });

  it('lets nobody go on from the moment that it is noticed, with a grace of 0', async () => {
    await start(0);
    proxy.cut();
    await eventually(1_500, async () => assert.equal((await requestByBasic(behind, known)).status, 503));
  });
});

describe('the change feed', () => {
  let other: TestServer;
  beforeEach(async () => {
    other = await startServer({ sharing: server });
  });
  afterEach(() => other.close());

  /** Revokes at one instance the token that another one takes. */
  async function assertRevocationArrives(): Promise<void> {
    const client = await createClient(server, organization.customerId, organization.token, {
      clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
    });
    const token = await other.token(client);
    const path = `/oauth/customers/${organization.customerId}`;
    assert.equal((await other.request('GET', path, { token })).status, 200);
    const revoked = await server.request('PUT', `${path}/clients/${client.clientId}/revoketokens`, {
      token: organization.token,
    });
    assert.equal(revoked.status, 200);
    await eventually(arrivesWithinMs, async () =>
      assert.equal((await other.request('GET', path, { token })).status, 401),
    );
  }

  it('carries a revocation to another instance within a second', assertRevocationArrives);

  it('does so as well right after every listening connection was lost', async () => {
    for (let round = 0; round < 3; round++) {
      const lost = await query(
        server.database.url,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'clientele change feed' and datname = current_database()`,
      );
      assert.equal(lost.length, 2);
      await assertRevocationArrives();
      await eventually(recoversWithinMs, mustListenAgain);
    }
  });

  async function mustListenAgain(): Promise<void> {
    const listening = await query(
      server.database.url,
      `select 1 from pg_stat_activity
       where application_name = 'clientele change feed' and datname = current_database()`,
    );
    assert.equal(listening.length, 2);
  }
});
