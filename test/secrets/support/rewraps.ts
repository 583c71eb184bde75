import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { AuditCheckpoints } from '#libs/audit';
import { Sealer } from '#libs/common';
import { eventually } from '../../support/eventually.js';
import { createOrganization } from '../../support/fixtures.js';
import type { TestServer } from '../../support/server.js';
import { testSettings } from '../../support/settings.js';

const endpoints = 400;

/** Every sealed value that a rewrap must reach. */
const everySealedValue = `
  select 'signing key' as purpose, kid as place, sealed_private_key as value from signing_key where state <> 'retired'
  union all select 'audit-key', kid, sealed_private_key from audit_key
  union all select 'webhook-secret', id::text, sealed_secret from webhook_endpoint
  union all select 'webhook-secret', id::text, sealed_old_secret from webhook_endpoint where sealed_old_secret is not null
  order by 1, 2, 3`;

/** A database with much that is sealed, and what was sealed anew in it. */
export class Rewraps {
  /** How many of them there are: four signing keys, one of the audit log, and the endpoints of webhooks. */
  readonly expected = 4 + 1 + endpoints;

  private constructor(private readonly server: TestServer) {}

  /** Adds endpoints in the middle of a rotation of their secrets, sealed under the server's master key. */
  static async arrange(server: TestServer): Promise<Rewraps> {
    const { customerId } = await createOrganization(server);
    await server.app.get(AuditCheckpoints, { strict: false }).sealAll();
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
    return new Rewraps(server);
  }

  /** What all sealed values hold, opened with that master key alone. @throws SealError when one needs another */
  async contents(masterKey: Buffer): Promise<string[]> {
    const values = await this.server.database.query<{ purpose: string; place: string; value: string }>(
      everySealedValue,
    );
    assert.equal(values.length, 4 + 1 + endpoints * 2);
    const sealer = new Sealer(testSettings({ masterKeys: [masterKey] }));
    return values
      .map(({ purpose, place, value }) => `${place} ${sealer.open(purpose, place, value).toString('hex')}`)
      .sort();
  }

  /** Waits until some were done. */
  async untilUnderWay(patienceMs: number): Promise<void> {
    await eventually(patienceMs, async () => assert.ok((await this.done()).length >= 20));
  }

  /** What a killed process did: what it had under way ends when PostgreSQL notices that it is gone. */
  async settled(): Promise<number> {
    await eventually(10_000, async () => {
      const [row] = await this.server.database.query<{ count: number }>(
        `select count(*)::integer as count from pg_stat_activity
         where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`,
      );
      assert.equal(row?.count, 0);
    });
    const { length } = await this.done();
    assert.ok(length < this.expected, `all ${length} were done before the kill`);
    return length;
  }

  /** Each value that was sealed anew, as often as it was. */
  async done(): Promise<string[]> {
    const events = await this.server.database.query<{ id: string }>(
      `select target_id as id from audit_event where action like '%rewrapped'`,
    );
    return events.map(({ id }) => id);
  }

  /** Asserts that every value was sealed anew once and holds what it held. */
  async mustBeComplete(masterKey: Buffer, before: readonly string[]): Promise<void> {
    assert.deepEqual(await this.contents(masterKey), before);
    const done = await this.done();
    assert.equal(done.length, this.expected);
    assert.equal(new Set(done).size, this.expected);
  }
}
