import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CredentialCalendar, CredentialUsage } from '#libs/credentials';
import { assertError } from '../customers/support/native-api.js';
import { startServer, type TestServer } from '../support/server.js';
import { type Scene, sceneAt } from './support/scene.js';

const hour = 3_600;

let server: TestServer;
let scene: Scene;

beforeEach(async () => {
  server = await startServer();
  scene = await sceneAt(server);
});
afterEach(() => server.close());

const rotate = (json: object, id = scene.firstId) => scene.succeed('POST', `/${id}/rotate`, json);
const oldWorks = () => scene.works(scene.client.secret);
const rotation = () => scene.succeed('GET', `/${scene.firstId}/rotation`);
const flush = (of = server) => of.app.get(CredentialUsage, { strict: false }).flush();

describe('retireAfterQuietSeconds', () => {
  it('keeps the old secret for as long as it is in use, however long, and retires it after the quiet', async () => {
    await rotate({ retireAfterQuietSeconds: hour });
    for (let round = 0; round < 40; round++) {
      assert.equal(await oldWorks(), true, `round ${round}`);
      server.advanceClock(hour - 5);
    }
    assert.equal((await rotation()).state, 'retiring');
    server.advanceClock(10);
    assert.equal(await oldWorks(), false);
    assert.equal((await rotation()).state, 'retired');
    assert.equal(await oldWorks(), false);
  });

  it('counts from the rotation when the old secret was never used', async () => {
    server.advanceClock(10 * hour);
    await rotate({ retireAfterQuietSeconds: hour });
    server.advanceClock(hour - 10);
    assert.equal((await rotation()).state, 'retiring');
    server.advanceClock(11);
    assert.equal((await rotation()).state, 'retired');
  });

  it('moves the deadline with every use, and only ahead', async () => {
    await rotate({ retireAfterQuietSeconds: hour });
    const before = Date.parse((await rotation()).retiresAt);
    server.advanceClock(600);
    await oldWorks();
    await flush();
    const moved = Date.parse((await rotation()).retiresAt);
    assert.ok(Math.abs(moved - before - 600_000) < 10_000, `${moved - before}`);
    server.advanceClock(-300);
    await oldWorks();
    await flush();
    assert.equal(Date.parse((await rotation()).retiresAt), moved);
  });

  it('with overlapSeconds: works so long at least', async () => {
    await rotate({ retireAfterQuietSeconds: 60, overlapSeconds: hour });
    server.advanceClock(hour - 30);
    assert.equal(await oldWorks(), true);
    server.advanceClock(50);
    assert.equal(await oldWorks(), true);
    server.advanceClock(61);
    assert.equal(await oldWorks(), false);
  });

  it('holds over instances: a use on one counts on the other', async () => {
    const other = await startServer({ sharing: server });
    try {
      await rotate({ retireAfterQuietSeconds: hour });
      const { clientId, secret } = scene.client;
      await server.token({ clientId, secret });
      await other.token({ clientId, secret });
      for (const [at, next] of [
        [server, other],
        [other, server],
        [server, other],
      ] as const) {
        for (const each of [server, other]) each.advanceClock(hour - 60);
        await at.token({ clientId, secret });
        for (const each of [server, other]) each.advanceClock(hour - 60);
        await next.token({ clientId, secret });
      }
      for (const each of [server, other]) each.advanceClock(hour + 1);
      for (const each of [server, other]) await assert.rejects(each.token({ clientId, secret }), /401/);
    } finally {
      await other.close();
    }
  });

  it('asks the database once for two hundred that come at the same moment', async () => {
    await rotate({ retireAfterQuietSeconds: hour });
    assert.equal(await oldWorks(), true);
    server.advanceClock(hour - 60);
    const answers = await Promise.all(Array.from({ length: 200 }, () => oldWorks()));
    assert.deepEqual(new Set(answers), new Set([true]));
    const [{ xmin }] = (await server.database.query('select xmin::text from credential where id = $1', [
      scene.firstId,
    ])) as [{ xmin: string }];
    assert.equal(await oldWorks(), true);
    const [again] = await server.database.query('select xmin::text from credential where id = $1', [
      scene.firstId,
    ]);
    assert.equal(again?.['xmin'], xmin);
  });

  it('ends with complete, cancel and expiry as any other rotation', async () => {
    await rotate({ retireAfterQuietSeconds: hour });
    await oldWorks();
    await scene.succeed('POST', `/${scene.firstId}/rotation/complete`);
    assert.equal(await oldWorks(), false);
    await scene.succeed('POST', `/${scene.firstId}/rotation/undo`, { retireAfterQuietSeconds: hour });
    assert.equal(await oldWorks(), true);
    await scene.succeed('POST', `/${scene.firstId}/rotation/cancel`);
    server.advanceClock(2 * hour);
    assert.equal(await oldWorks(), true);
    const expiresAt = new Date(Date.now() + 3 * hour * 1000).toISOString();
    await scene.succeed('PATCH', `/${scene.firstId}`, { expiresAt });
    await rotate({ retireAfterQuietSeconds: 2 * hour });
    server.advanceClock(hour + 5);
    assert.equal(await oldWorks(), false);
    assert.equal(await scene.statusOf(scene.firstId), 'expired');
  });

  it('is persisted: an instance that starts later knows the deadline that uses have moved', async () => {
    await rotate({ retireAfterQuietSeconds: hour });
    server.advanceClock(hour - 60);
    assert.equal(await oldWorks(), true);
    await flush();
    const other = await startServer({ sharing: server });
    try {
      other.advanceClock(2 * hour - 120);
      await other.token(scene.client);
      other.advanceClock(hour + 1);
      await assert.rejects(other.token(scene.client), /401/);
    } finally {
      await other.close();
    }
  });

  it('is noted once when it comes about, whichever instance notes it', async () => {
    await rotate({ retireAfterQuietSeconds: hour });
    server.advanceClock(hour + 1);
    const other = await startServer({ sharing: server });
    try {
      other.advanceClock(hour + 1);
      const calendars = [server, other].map(({ app }) => app.get(CredentialCalendar, { strict: false }));
      await Promise.all([...calendars, ...calendars].map((calendar) => calendar.runOnce()));
      for (const calendar of calendars) await calendar.runOnce();
      const noted = (await scene.auditOf(scene.firstId)).filter((action) => action === 'credential.retired');
      assert.equal(noted.length, 1);
    } finally {
      await other.close();
    }
  });

  it('400: from a minute to thirty days', async () => {
    for (const retireAfterQuietSeconds of [0, 59, 2_592_001, 1.5, '60', null]) {
      const json = { retireAfterQuietSeconds };
      const answer = await scene.api('POST', `/${scene.firstId}/rotate`, { json });
      assertError(answer, 400, /retireAfterQuietSeconds: must /);
    }
  });
});
