import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { AuditCheckpoints } from '#libs/audit';
import { Sealer } from '#libs/common';
import { eventually } from '../support/eventually.js';
import { createOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { testSettings } from '../support/settings.js';
import { commandLineProgram, environmentOf, runCommandLine } from './support/command-line.js';

const [oldKey] = testSettings().masterKeys as [Buffer];
const newKey = Buffer.alloc(32, 'another master key');
const endpoints = 400;

/** Every sealed value that a rewrap must reach. */
const everySealedValue = `
  select 'signing key' as purpose, kid as place, sealed_private_key as value from signing_key where state <> 'retired'
  union all select 'audit-key', kid, sealed_private_key from audit_key
  union all select 'webhook-secret', id::text, sealed_secret from webhook_endpoint
  union all select 'webhook-secret', id::text, sealed_old_secret from webhook_endpoint where sealed_old_secret is not null
  order by 1, 2, 3`;

interface Sealed {
  readonly purpose: string;
  readonly place: string;
  readonly value: string;
}

describe('a rewrap that is killed in the middle', () => {
  let server: TestServer;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    server = await startServer();
    const { customerId } = await createOrganization(server);
    await server.app.get(AuditCheckpoints, { strict: false }).sealAll();
    await addEndpoints(customerId);
    const masterKeys = [newKey, oldKey].map((key) => key.toString('base64')).join(',');
    env = { ...environmentOf(server.database.url), MASTER_KEY: masterKeys };
  });
  after(() => server.close());

  it('is finished by a second run, which does the rest alone, each value once (S-36)', async () => {
    const before = opened(await sealedValues(), oldKey);
    assert.equal(before.length, 4 + 1 + endpoints * 2);

    const first = startRewrap();
    await eventually(60_000, async () => assert.ok((await rewrappedWebhooks()) >= 20));
    first.kill('SIGKILL');
    assert.deepEqual(await once(first, 'exit'), [null, 'SIGKILL']);
    const done = await settledRewraps();
    assert.ok(done < endpoints + 5, `all ${done} were done before the kill`);

    const second = await runCommandLine(['signing-key', 'rewrap', '--json'], { env });
    assert.equal(second.exitCode, 0, second.stderr);
    assert.equal(JSON.parse(second.stdout).rewrapped, endpoints + 5 - done);
    assert.deepEqual(opened(await sealedValues(), newKey), before);
    const events = await server.database.query<{ id: string }>(
      `select target_id as id from audit_event where action like '%rewrapped'`,
    );
    assert.equal(events.length, endpoints + 5);
    assert.equal(new Set(events.map(({ id }) => id)).size, endpoints + 5);

    const newAlone = { ...env, MASTER_KEY: newKey.toString('base64') };
    const verified = await runCommandLine(['audit', 'verify'], { env: newAlone });
    assert.equal(verified.exitCode, 0, verified.stderr);
  });

  /** Endpoints in the middle of a rotation of their secrets, sealed under the old master key. */
  async function addEndpoints(customerId: string): Promise<void> {
    const sealer = server.app.get(Sealer, { strict: false });
    const ids = Array.from({ length: endpoints }, () => randomUUID());
    const seal = (id: string) => sealer.seal('webhook-secret', id, randomBytes(32));
    await server.database.query(
      `insert into webhook_endpoint
         (id, organization_id, url, event_types, enabled, sealed_secret, sealed_old_secret, created_at, updated_at)
       select e.id, o.id, 'https://hooks.example', '{}', false, e.secret, e.old_secret, now(), now()
       from unnest($2::uuid[], $3::text[], $4::text[]) as e(id, secret, old_secret), organization o
       where o.customer_id = $1`,
      [customerId, ids, ids.map(seal), ids.map(seal)],
    );
  }

  function startRewrap(): ChildProcess {
    return spawn(process.execPath, [commandLineProgram, 'signing-key', 'rewrap'], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: 'ignore',
    });
  }

  function sealedValues(): Promise<Sealed[]> {
    return server.database.query<Sealed & { [column: string]: string }>(everySealedValue);
  }

  async function rewrappedWebhooks(): Promise<number> {
    return countEvents(`action = 'webhook.secret_rewrapped'`);
  }

  /** What the killed process did: what it had under way ends when PostgreSQL notices that it is gone. */
  async function settledRewraps(): Promise<number> {
    await eventually(10_000, async () => {
      const [row] = await server.database.query<{ count: number }>(
        `select count(*)::integer as count from pg_stat_activity
         where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`,
      );
      assert.equal(row?.count, 0);
    });
    return countEvents(`action like '%rewrapped'`);
  }

  async function countEvents(condition: string): Promise<number> {
    const [row] = await server.database.query<{ count: number }>(
      `select count(*)::integer as count from audit_event where ${condition}`,
    );
    return row?.count ?? 0;
  }
});

/** What the values hold, opened with that master key alone. @throws SealError when one needs another */
function opened(values: readonly Sealed[], masterKey: Buffer): string[] {
  const sealer = new Sealer(testSettings({ masterKeys: [masterKey] }));
  const contents = values.map(({ purpose, place, value }) => sealer.open(purpose, place, value));
  return contents.map((bytes, index) => `${values[index]?.place} ${bytes.toString('hex')}`).sort();
}
