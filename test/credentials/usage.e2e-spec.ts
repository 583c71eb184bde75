import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { CredentialUsage } from '#libs/credentials';
import { Housekeeping } from '#libs/database';
import { startServer, type TestServer } from '../support/server.js';
import { type Scene, sceneAt } from './support/scene.js';

let server: TestServer;

before(async () => {
  server = await startServer({ settings: { trustedProxies: ['127.0.0.1'] } });
});
after(() => server.close());

const flush = (of = server) => of.app.get(CredentialUsage, { strict: false }).flush();
const today = (aheadDays = 0) => new Date(Date.now() + aheadDays * 86_400_000).toISOString().slice(0, 10);
const from = (address: string, userAgent: string) => ({
  'x-forwarded-for': address,
  'user-agent': userAgent,
});
const read = async ({ api, firstId }: Scene) => (await api('GET', `/${firstId}`)).body;

describe('GET …/credentials/{credentialId}', () => {
  it('200: tells from where and by what it was used last, without its version', async () => {
    const scene = await sceneAt(server);
    await scene.ask(scene.client.secret, from('192.0.2.7', 'curl/8.5.0'));
    await scene.ask(scene.client.secret, from('2001:db8::7', 'python-requests/2.31.0 extra'));
    await flush();
    const { lastAddress, lastUserAgent, lastUsedAt } = await read(scene);
    assert.deepEqual([lastAddress, lastUserAgent], ['2001:db8::7', 'python-requests']);
    assert.ok(Math.abs(Date.parse(lastUsedAt) - Date.now()) < 60_000, lastUsedAt);
    const [listed] = (await scene.api('GET')).body;
    assert.deepEqual([listed.lastAddress, listed.lastUserAgent], ['2001:db8::7', 'python-requests']);
    assert.equal('uses' in listed, false);
  });

  it('200: a use without a user agent has none', async () => {
    const scene = await sceneAt(server);
    await scene.ask(scene.client.secret, from('192.0.2.7', ''));
    await flush();
    const { lastAddress, lastUserAgent } = await read(scene);
    assert.deepEqual([lastAddress, lastUserAgent], ['192.0.2.7', null]);
  });

  it('200: counts every use of every instance, and no failure', async () => {
    const other = await startServer({ sharing: server });
    try {
      const scene = await sceneAt(server);
      const { clientId, secret } = scene.client;
      for (const at of [server, other]) {
        await Promise.all(Array.from({ length: 30 }, () => at.token({ clientId, secret })));
        await assert.rejects(at.token({ clientId, secret: 'wrong-secret' }));
      }
      await Promise.all([flush(server), flush(other)]);
      assert.deepEqual((await read(scene)).uses, [{ day: today(), count: 60 }]);
    } finally {
      await other.close();
    }
  });

  it('200: counts proofs at the introspection endpoint too', async () => {
    const scene = await sceneAt(server);
    const { clientId, secret } = scene.client;
    await server.request('POST', '/oauth/introspect', { basic: [clientId, secret], form: { token: 'x' } });
    await flush();
    assert.equal((await read(scene)).uses[0].count, 1);
  });
});

describe('when uses are written', () => {
  const versionOf = async ({ firstId }: Scene) =>
    (await server.database.query('select xmin::text from credential where id = $1', [firstId]))[0]?.['xmin'];

  async function firstIsWritten(scene: Scene): Promise<void> {
    const askedAt = performance.now();
    while ((await read(scene)).lastUsedAt === null) {
      // A second on a machine with time for it; what goes on being used would come after five at the earliest.
      assert.ok(performance.now() - askedAt < 4_000, 'it was not written');
      await setTimeout(20);
    }
  }

  it('the first is there soon; more of them cost no further write for some seconds', async () => {
    const scene = await sceneAt(server);
    const unused = await versionOf(scene);
    await scene.ask(scene.client.secret);
    await firstIsWritten(scene);
    const written = await versionOf(scene);
    assert.notEqual(written, unused);
    for (let left = 10; left > 0; left--) {
      await scene.ask(scene.client.secret);
      await setTimeout(100);
    }
    assert.equal(await versionOf(scene), written);
    await flush();
    assert.equal((await read(scene)).uses[0].count, 11);
  });

  it('a server that ends writes those that it had put off', async () => {
    const other = await startServer({ sharing: server });
    const scene = await sceneAt(server);
    const { clientId, secret } = scene.client;
    try {
      await other.token({ clientId, secret });
      await firstIsWritten(scene);
      await Promise.all(Array.from({ length: 7 }, () => other.token({ clientId, secret })));
    } finally {
      await other.close();
    }
    assert.equal((await read(scene)).uses[0].count, 8);
  });
});

describe('the counts by day', () => {
  it('are apart by UTC day though they are written together, and kept for 90 days', async () => {
    const own = await startServer();
    try {
      const scene = await sceneAt(own);
      await scene.ask(scene.client.secret);
      await scene.ask(scene.client.secret);
      own.advanceClock(86_400);
      await scene.ask(scene.client.secret);
      await flush(own);
      assert.deepEqual((await read(scene)).uses, [
        { day: today(), count: 2 },
        { day: today(1), count: 1 },
      ]);

      own.advanceClock(88 * 86_400);
      assert.equal((await read(scene)).uses.length, 2);
      own.advanceClock(86_400);
      assert.deepEqual((await read(scene)).uses, [{ day: today(1), count: 1 }]);
    } finally {
      await own.close();
    }
  });

  it('are deleted by housekeeping when they are older', async () => {
    const scene = await sceneAt(server);
    const insert = (days: number) =>
      server.database.query(
        `insert into credential_use (credential_id, organization_id, day, count)
         select id, organization_id, (now() at time zone 'utc')::date - $2::integer, 1 from credential where id = $1`,
        [scene.firstId, days],
      );
    for (const days of [89, 90, 400]) await insert(days);
    await server.app.get(Housekeeping, { strict: false }).runOnce();
    const rows = await server.database.query(
      `select (now() at time zone 'utc')::date - day as age from credential_use where credential_id = $1`,
      [scene.firstId],
    );
    assert.deepEqual(rows, [{ age: 89 }]);
  });

  it('survive a time without the database', async () => {
    const scene = await sceneAt(server);
    await scene.ask(scene.client.secret);
    await server.database.query('alter table credential_use rename to credential_use_away');
    await flush();
    await scene.ask(scene.client.secret);
    await flush();
    await server.database.query('alter table credential_use_away rename to credential_use');
    await scene.ask(scene.client.secret);
    await flush();
    assert.deepEqual((await read(scene)).uses, [{ day: today(), count: 3 }]);
  });

  it('go with their credential', async () => {
    const scene = await sceneAt(server);
    await scene.ask(scene.client.secret);
    await flush();
    const { customerId, token } = scene.organization;
    const path = `/oauth/customers/${customerId}/clients/${scene.client.clientId}`;
    assert.equal((await server.request('DELETE', path, { token })).status, 200);
    const rows = await server.database.query('select from credential_use where credential_id = $1', [
      scene.firstId,
    ]);
    assert.equal(rows.length, 0);
  });
});
