import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startEmbeddedPostgres } from '#libs/database/embedded';
import { Child } from './support/child.js';
import { isRunning, listUnfinished, postmasterPid, query } from './support/cluster-probe.js';
import { Scratch } from './support/scratch.js';

const scratch = new Scratch();
after(() => scratch.remove());

describe('embedded PostgreSQL on one data directory', () => {
  let dataDir: string;
  before(() => {
    dataDir = join(scratch.directory(), 'data');
  });

  it('keeps its data, port and password over a restart', async () => {
    const first = await startEmbeddedPostgres({ dataDir, durable: false });
    await query(first.adminUrl, 'CREATE TABLE kept AS SELECT 1 AS value');
    await first.stop();

    const second = await startEmbeddedPostgres({ dataDir, durable: false });
    const rows = await query(second.adminUrl, 'SELECT value FROM kept');
    await second.stop();

    assert.deepEqual(rows, [{ value: 1 }]);
    assert.equal(second.adminUrl, first.adminUrl);
  });

  it('stops when its last user stops, and not before', async () => {
    const here = await startEmbeddedPostgres({ dataDir, durable: false });
    const child = Child.fork(dataDir);
    const there = await child.started();
    const pid = postmasterPid(dataDir);

    assert.equal(there.port, here.port);
    await here.stop();
    assert.ok(isRunning(pid), 'the child still uses it');
    await child.stop();
    assert.ok(!isRunning(pid), 'nobody uses it any more');
  });

  it('can be used twice in one process and stopped twice through one handle', async () => {
    const [one, other] = await Promise.all([
      startEmbeddedPostgres({ dataDir, durable: false }),
      startEmbeddedPostgres({ dataDir, durable: false }),
    ]);
    await Promise.all([one.stop(), one.stop()]);
    await one.stop();
    assert.deepEqual(await query(other.adminUrl, 'SELECT 1 AS one'), [{ one: 1 }]);
    await other.stop();
    await assert.rejects(query(other.adminUrl, 'SELECT 1'), /ECONNREFUSED/);
  });

  it('does not take another process for a dead user whose number it got', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
    const pid = postmasterPid(dataDir);
    const processes = join(dataDir, 'postgres-processes');
    writeFileSync(join(processes, `user-${process.ppid}-1234567890-aaaaaaaa`), '');
    writeFileSync(join(processes, `lock-ticket-1_${process.ppid}-1234567890-aaaaaaaa`), '');

    await postgres.stop();
    assert.ok(!isRunning(pid));
    assert.deepEqual(readdirSync(processes), []);
  });
});

describe('embedded PostgreSQL and the rest of the machine', () => {
  it('is UTF-8 with its own locale and libraries, whatever the environment of its caller', async () => {
    const { LANG, LC_ALL, ...env } = process.env;
    const libraries = scratch.directory();
    writeFileSync(join(libraries, 'libicuuc.so.60'), 'not a library');
    const hostile = { PGPORT: '1', PGDATA: '/nowhere', LD_LIBRARY_PATH: libraries };
    const child = Child.fork(scratch.directory(), { env: { ...env, ...hostile } });
    const { adminUrl } = await child.started();
    const [row] = await query<Record<string, string>>(
      adminUrl,
      "SELECT current_setting('server_encoding') AS encoding, datlocprovider AS provider, datlocale AS locale, upper('ä') AS upper FROM pg_database WHERE datname = current_database()",
    );
    await child.stop();
    assert.deepEqual(row, { encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8', upper: 'Ä' });
  });

  it('waits for the disk when it is durable, and only then', async () => {
    const fsyncOf = async (durable: boolean) => {
      const postgres = await startEmbeddedPostgres({
        dataDir: scratch.directory(),
        durable,
        maxConnections: 20,
      });
      const rows = await query<{ setting: string }>(
        postgres.adminUrl,
        "SELECT setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'max_connections', 'synchronous_commit') ORDER BY name",
      );
      await postgres.stop();
      return rows.map(({ setting }) => setting);
    };
    const [durable, throwAway] = await Promise.all([fsyncOf(true), fsyncOf(false)]);
    assert.deepEqual(durable, ['on', 'on', '20', 'on']);
    assert.deepEqual(throwAway, ['off', 'off', '20', 'off']);
  });

  it('lets in nobody without the password, which only its owner can read', async () => {
    const dataDir = scratch.directory();
    const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
    const file = join(dataDir, 'cluster', 'superuser-password');
    const wrong = postgres.adminUrl.replace(/:[^:@]+@/, ':guess@');
    const address = Object.values(networkInterfaces())
      .flat()
      .find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address;

    await assert.rejects(query(wrong, 'SELECT 1'), /password authentication failed/);
    if (address) {
      await assert.rejects(
        query(postgres.adminUrl.replace('127.0.0.1', address), 'SELECT 1'),
        /ECONNREFUSED/,
      );
    }
    const [socket] = await query(postgres.adminUrl, 'SHOW unix_socket_directories');
    await postgres.stop();
    assert.deepEqual(socket, { unix_socket_directories: '' });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(readFileSync(file, 'utf8').length >= 32);
  });
});

describe('first starts at the same moment', () => {
  it('end up with one cluster that all of them use', async () => {
    const dataDir = join(scratch.directory(), 'data');
    const children = [1, 2, 3].map(() => Child.fork(dataDir));
    const started = await Promise.all(children.map((child) => child.started()));

    assert.equal(new Set(started.map(({ adminUrl }) => adminUrl)).size, 1);
    assert.deepEqual(listUnfinished(dataDir), []);
    const pid = postmasterPid(dataDir);
    await Promise.all(children.map((child) => child.stop()));
    assert.ok(!isRunning(pid));
  });
});
