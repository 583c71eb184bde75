// @own-process
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { ChangeFeed } from '#libs/database';
import { postmasterPid, query } from '../embedded/support/cluster-probe.js';
import { eventually } from '../support/eventually.js';
import { createClient, createOrganization, type TestOrganization, uniqueName } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { requestByBasic } from '../support/token-requests.js';
import { type ErrorCase, errorCases } from '../surfaces/support/error-shapes.js';
import { ConnectionHogs } from './support/connection-hogs.js';
import { type OwnCluster, startOwnCluster } from './support/own-cluster.js';
import { SmallDisk } from './support/small-disk.js';

const maxConnections = 25;
const diskMegabytes = 400;
const recoversWithinMs = 20_000;
const loadAtOnce = 4;

const disk = SmallDisk.mount(diskMegabytes);
let cluster: OwnCluster;
let server: TestServer;
let organization: TestOrganization;
let known: TestClient;
let surfaces: ErrorCase[];
before(async () => {
  cluster = await startOwnCluster(maxConnections, disk);
  server = await startServer();
  organization = await createOrganization(server, {
    settings: { adminRateLimit: { requests: 100_000, seconds: 1 } },
  });
  // A change of an organization has its clients loaded again: nobody changes this one.
  const quiet = await createOrganization(server);
  known = await createClient(server, quiet.customerId, quiet.token);
  surfaces = errorCases(organization.customerId);
  // What it hears afterwards of the client's creation would make it forget again.
  await server.app.get(ChangeFeed, { strict: false }).catchUp();
  await server.token(known);
});
after(async () => {
  await server.close();
  await cluster.stop();
  disk?.unmount();
});

/** Known clients fetch tokens on and on; every answer must be one. @returns stops it */
function fetchTokens(): () => Promise<number> {
  let isOver = false;
  let tokens = 0;
  const fetchOn = async () => {
    while (!isOver) {
      const { status, text } = await requestByBasic(server, known);
      assert.equal(status, 200, text);
      tokens++;
    }
  };
  const load = Promise.all(Array.from({ length: loadAtOnce }, fetchOn));
  load.catch(() => undefined);
  return async () => {
    isOver = true;
    await load;
    return tokens;
  };
}

/** Creates something on every surface, at once, each time under a new name. */
function createEverywhere(): Promise<[of: ErrorCase, answer: Answer][]> {
  return Promise.all(
    surfaces.map(async (of): Promise<[ErrorCase, Answer]> => {
      const json = renamed(of.valid);
      return [of, await server.request('POST', of.create, { token: organization.token, json })];
    }),
  );
}

function renamed(body: object): object {
  const names = ['name', 'tenantId', 'client_id', 'clientId', 'id'].filter((name) => name in body);
  return { ...body, ...Object.fromEntries(names.map((name) => [name, uniqueName('thing')])) };
}

function assertUnavailable([{ name, assertError }, answer]: [ErrorCase, Answer]): void {
  assert.equal(answer.status, 503, `${name}: ${answer.text}`);
  assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/, name);
  assertError(answer, 503);
  assert.doesNotMatch(answer.text, /postgres|sql|disk|space|read-only|\b(25006|53\d{3}|57P\d\d)\b/i);
}

/** Every surface must create again. */
const recovered = () =>
  eventually(recoversWithinMs, async () => {
    for (const [{ name }, answer] of await createEverywhere())
      assert.ok(answer.status < 300, `${name}: ${answer.text}`);
  });

describe('a database that refuses to write, on each of the five surfaces and under load', () => {
  let stop: () => Promise<number>;
  const during = async (fault: () => Promise<unknown>, end: () => unknown) => {
    await recovered();
    stop = fetchTokens();
    await wait(50);
    await fault();
    try {
      for (let round = 0; round < 3; round++)
        for (const each of await createEverywhere()) assertUnavailable(each);
    } finally {
      await end();
    }
    await recovered();
    assert.ok((await stop()) > loadAtOnce, 'tokens were fetched all the time');
  };

  it('is answered 503 while it is read-only, and works as soon as it is not', async () => {
    const adminUrl = cluster.postgres.adminUrl;
    const reload = async (change: string) => {
      await query(adminUrl, change);
      await query(adminUrl, 'select pg_reload_conf()');
      await wait(100);
    };
    await during(
      () => reload('alter system set default_transaction_read_only = on'),
      () => reload('alter system reset default_transaction_read_only'),
    );
  });

  it('is answered 503 while it has no connection left', async () => {
    const hogs = new ConnectionHogs(cluster.postgres.adminUrl);
    await during(
      () => hogs.takeAll(),
      () => hogs.release(),
    );
  });

  it('is answered 503 while its disk is full', { skip: !disk && 'needs the right to mount' }, async () => {
    await recovered();
    stop = fetchTokens();
    disk?.fill();
    const refused = new Set<string>();
    const endsAt = performance.now() + recoversWithinMs;
    // Pages that are there already take rows until they are full.
    while (refused.size < surfaces.length) {
      assert.ok(performance.now() < endsAt, `refused by ${[...refused]} alone`);
      for (const each of (await createEverywhere()).filter(([, { status }]) => status >= 300)) {
        assertUnavailable(each);
        refused.add(each[0].name);
      }
    }
    disk?.makeSpace();
    await recovered();
    assert.ok((await stop()) > loadAtOnce);
  });
});

describe('a database that is restarted under load', () => {
  let stop: (() => Promise<number>) | undefined;
  afterEach(() => stop?.());

  it('is answered 503 or properly by each of the five surfaces, and tokens flow throughout', async () => {
    await recovered();
    stop = fetchTokens();
    // A fast shutdown: backends are told to go, and who comes is told to wait (57P01, 57P03).
    process.kill(postmasterPid(cluster.dataDir), 'SIGINT');
    let refused = 0;
    const endsAt = performance.now() + recoversWithinMs;
    for (let isBack = false; !isBack; ) {
      assert.ok(performance.now() < endsAt, 'it does not recover');
      const failed = (await createEverywhere()).filter(([, { status }]) => status >= 300);
      for (const each of failed) assertUnavailable(each);
      refused += failed.length;
      isBack = refused > 0 && failed.length === 0;
    }
    assert.ok((await stop()) > loadAtOnce);
  });
});
