import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from '#libs/database/embedded';
import { Child } from './support/child.js';
import {
  isRunning,
  listUnfinished,
  postmasterPid,
  query,
  queryWhenBack,
  until,
} from './support/cluster-probe.js';
import { Scratch } from './support/scratch.js';

const scratch = new Scratch();
after(() => scratch.remove());

describe('kill -9 of postgres', () => {
  let dataDir: string;
  before(() => {
    dataDir = scratch.directory();
  });

  it('is followed by a restart on the same port with every acknowledged row', async () => {
    const messages: string[] = [];
    const postgres = await startEmbeddedPostgres({
      dataDir,
      log: (_level, message) => messages.push(message),
    });
    await query(postgres.adminUrl, 'CREATE TABLE acknowledged (value int)');
    for (const round of [1, 2]) {
      await query(postgres.adminUrl, `INSERT INTO acknowledged VALUES (${round})`);
      process.kill(postmasterPid(dataDir), 'SIGKILL');
      const rows = await queryWhenBack(postgres.adminUrl, 'SELECT count(*)::int AS rows FROM acknowledged');
      assert.deepEqual(rows, [{ rows: round }]);
    }
    await postgres.stop();
    assert.equal(messages.filter((message) => /died/.test(message)).length, 2);
    assert.equal(messages.filter((message) => /is back/.test(message)).length, 2);
  });

  it('makes only one of two users restart it, and both go on', async () => {
    const here = await startEmbeddedPostgres({ dataDir });
    const child = Child.fork(dataDir, { durable: true });
    const there = await child.started();
    process.kill(postmasterPid(dataDir), 'SIGKILL');

    await queryWhenBack(there.adminUrl, 'SELECT 1');
    const pid = postmasterPid(dataDir);
    await here.stop();
    assert.ok(isRunning(pid), 'the child still uses it');
    await child.stop();
    assert.ok(!isRunning(pid));
  });

  it('is left alone without supervision, and the next start waits for what it left running', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir, supervise: false });
    // A backend notices the death of its server only when it waits for something; this one computes.
    const busy = query(postgres.adminUrl, 'SELECT count(*) FROM generate_series(1, 8000000)').catch(() => {});
    await sleep(100);
    process.kill(postmasterPid(dataDir), 'SIGKILL');
    await postgres.stop();
    const next = await startEmbeddedPostgres({ dataDir });
    await busy;
    assert.deepEqual(await query(next.adminUrl, 'SELECT count(*)::int AS rows FROM acknowledged'), [
      { rows: 2 },
    ]);
    await next.stop();
  });

  it('is recovered from although another process got the number of the dead server', async () => {
    const pidFile = join(dataDir, 'cluster', 'postmaster.pid');
    const postgres = await startEmbeddedPostgres({ dataDir, supervise: false });
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    await postgres.stop();
    // A process of the same user: PostgreSQL itself takes it for its predecessor.
    const strangerDir = scratch.directory();
    const stranger = await startEmbeddedPostgres({ dataDir: strangerDir, durable: false });
    writeFileSync(pidFile, [postmasterPid(strangerDir), ...lines.slice(1)].join('\n'));

    const next = await startEmbeddedPostgres({ dataDir });
    assert.deepEqual(await query(next.adminUrl, 'SELECT 1 AS one'), [{ one: 1 }]);
    await Promise.all([next.stop(), stranger.stop()]);
  });
});

describe('kill -9 of node', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = scratch.directory();
  });

  it('leaves a server that the next start takes over with its data', async () => {
    const child = Child.fork(dataDir);
    const { adminUrl } = await child.started();
    await query(adminUrl, 'CREATE TABLE kept AS SELECT 1 AS value');
    const pid = postmasterPid(dataDir);
    await child.kill();
    assert.ok(isRunning(pid));

    const next = await startEmbeddedPostgres({ dataDir, durable: false });
    assert.equal(next.adminUrl, adminUrl);
    assert.equal(postmasterPid(dataDir), pid);
    assert.deepEqual(await query(next.adminUrl, 'SELECT value FROM kept'), [{ value: 1 }]);

    process.kill(pid, 'SIGKILL');
    await queryWhenBack(next.adminUrl, 'SELECT 1');
    await next.stop();
  });

  it('in the middle of initdb leaves nothing half', async () => {
    const child = Child.fork(dataDir);
    await until(() => listUnfinished(dataDir).length > 1);
    await child.kill();

    const next = await startEmbeddedPostgres({ dataDir, durable: false });
    assert.deepEqual(await query(next.adminUrl, 'SELECT 1 AS one'), [{ one: 1 }]);
    await next.stop();
    assert.deepEqual(listUnfinished(dataDir), []);
  });

  it('while others wait for its lock lets them go on', async () => {
    const first = Child.fork(dataDir);
    await until(() => listUnfinished(dataDir).length > 1);
    const second = Child.fork(dataDir);
    await first.kill();
    await second.started();
    await second.stop();
  });
});

describe('Ctrl-C', () => {
  it('reaches node and not postgres, so that node can drain first', async () => {
    const dataDir = scratch.directory();
    const child = Child.fork(dataDir, { detached: true });
    const { adminUrl } = await child.started();
    process.kill(-child.process.pid!, 'SIGINT');

    assert.deepEqual(await child.next(), { kind: 'interrupted' });
    assert.deepEqual(await query(adminUrl, 'SELECT 1 AS one'), [{ one: 1 }]);
    await child.stop();
  });
});
