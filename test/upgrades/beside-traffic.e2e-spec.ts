// @own-process
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { migrations, runMigrations } from '#libs/database';
import { clientBody, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { nextVersion } from './support/next-version.js';
import { Traffic } from './support/traffic.js';

const lockHeldMs = 4_000;
/** A request stands behind a waiting migration for a second; a busy machine takes its time, but not as long as the lock. */
const longestRequestMs = 3_500;

describe('a server of the version before', () => {
  let owner: TestServer;
  let server: ServerProcess;
  let organization: TestOrganization;
  before(async () => {
    owner = await startServer();
    organization = await createOrganization(owner, {
      settings: { adminRateLimit: { requests: 1_000_000, seconds: 1 } },
    });
    server = await startServerProcess(owner.database.url);
  });
  after(async () => {
    await server.stop();
    await owner.close();
  });

  it('loses no request while the next one migrates, even behind a long transaction', async () => {
    const traffic = new Traffic(server, organization);
    const working = traffic.run();
    const blocker = new Client({ connectionString: owner.database.url });
    await blocker.connect();
    await blocker.query(
      `begin; set local clientele.scope = 'platform'; lock table client in access share mode`,
    );
    const migrating = runMigrations(owner.database.url, [...migrations, ...nextVersion]);
    const startedAt = performance.now();
    await wait(lockHeldMs);
    assert.deepEqual(await columnsCalledColour(), []);
    await blocker.query('commit');
    await blocker.end();
    await migrating;
    assert.ok(performance.now() - startedAt >= lockHeldMs);
    await wait(500);
    traffic.end();
    await working;
    assert.deepEqual(traffic.failures, []);
    assert.ok(traffic.mutations > 5 && traffic.tokens > 2, `${traffic.mutations}, ${traffic.tokens}`);
    assert.ok(traffic.slowestMs < longestRequestMs, `${traffic.slowestMs} ms`);
    assert.equal((await columnsCalledColour()).length, 1);
  });

  it('starts again on what the next one left, and works', async () => {
    await server.stop();
    server = await startServerProcess(owner.database.url);
    const { token } = organization;
    const path = `/oauth/customers/${organization.customerId}/clients`;
    const created = await server.request('POST', path, { token, json: [clientBody()] });
    assert.equal(created.status, 200, created.text);
  });

  function columnsCalledColour(): Promise<unknown[]> {
    return owner.database.query(
      `select from information_schema.columns where table_name = 'client' and column_name = 'colour'`,
    );
  }
});
