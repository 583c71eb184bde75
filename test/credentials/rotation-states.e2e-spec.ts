import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CredentialUsage } from '#libs/credentials';
import { assertError, callerWith, createRole, nativeApi } from '../customers/support/native-api.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertConflict, type Scene, sceneAt } from './support/scene.js';

let server: TestServer;
let scene: Scene;

beforeEach(async () => {
  server = await startServer();
  scene = await sceneAt(server);
});
afterEach(() => server.close());

const oldSecret = () => scene.client.secret;
const rotate = (json: object = {}, id = scene.firstId) => scene.succeed('POST', `/${id}/rotate`, json);
const step = (name: 'cancel' | 'complete' | 'undo', json?: object, id = scene.firstId) =>
  scene.succeed('POST', `/${id}/rotation/${name}`, json);
const tryStep = (name: 'cancel' | 'complete' | 'undo', id = scene.firstId) =>
  scene.api('POST', `/${id}/rotation/${name}`);
const rotation = (id = scene.firstId) => scene.succeed('GET', `/${id}/rotation`);

describe('GET …/rotation', () => {
  it('200: state none before anything was rotated', async () => {
    const { credentialId, state, replacement, retiresAt, undoUntil, startedAt } = await rotation();
    assert.deepEqual(
      { credentialId, state, replacement, retiresAt, undoUntil, startedAt },
      {
        credentialId: scene.firstId,
        state: 'none',
        replacement: null,
        retiresAt: null,
        undoUntil: null,
        startedAt: null,
      },
    );
  });

  it('200: names state, deadline, replacement, and who still uses the old one', async () => {
    const { credentialId, createdAt } = await rotate({ overlapSeconds: 600, name: 'new' });
    await scene.ask(oldSecret(), { 'user-agent': 'curl/8' });
    await scene.ask(oldSecret(), { 'user-agent': 'curl/9' });
    await server.app.get(CredentialUsage, { strict: false }).flush();
    const { lastUsedAt, usedBy, uses, retiresAt, undoUntil, ...rest } = await rotation();
    const { hint: _, ...replacement } = rest.replacement;
    assert.deepEqual(
      { ...rest, replacement },
      {
        credentialId: scene.firstId,
        state: 'retiring',
        startedAt: createdAt,
        retireAfterQuietSeconds: null,
        replacement: { credentialId, name: 'new', status: 'active', createdAt, lastUsedAt: null },
        withinSeconds: 3600,
        users: 1,
      },
    );
    assert.ok(Math.abs(Date.parse(retiresAt) - Date.parse(createdAt) - 600_000) < 10_000, retiresAt);
    assert.equal(Date.parse(undoUntil) - Date.parse(retiresAt), 3_600_000);
    assert.deepEqual(usedBy, [{ address: '127.0.0.1', userAgent: 'curl', lastUsedAt, count: 2 }]);
    assert.equal(uses.at(-1).count, 2);
  });

  it('200: tells of the time that is asked for, and 400 for none', async () => {
    await rotate();
    await scene.ask(oldSecret());
    await server.app.get(CredentialUsage, { strict: false }).flush();
    server.advanceClock(1_000);
    const users = async (query: string) =>
      (await scene.succeed('GET', `/${scene.firstId}/rotation${query}`)).users;
    assert.deepEqual([await users('?withinSeconds=900'), await users('?withinSeconds=1100')], [0, 1]);
    const refused = await scene.api('GET', `/${scene.firstId}/rotation?withinSeconds=0`);
    assertError(refused, 400, /withinSeconds: must be a whole number from 1/);
  });

  it('200: who used it in a rotation before does not count', async () => {
    await rotate();
    await scene.ask(oldSecret());
    await server.app.get(CredentialUsage, { strict: false }).flush();
    await step('cancel');
    await rotate();
    assert.equal((await rotation()).users, 0);
  });
});

describe('POST …/rotation/cancel', () => {
  it('200: the old one is active again, the new one is revoked with its tokens', async () => {
    const { credentialId, clientSecret } = await rotate();
    const token = await server.token({ ...scene.client, secret: clientSecret });
    const { state, retiresAt, replacement } = await step('cancel');
    assert.deepEqual([state, retiresAt, replacement.status], ['cancelled', null, 'revoked']);
    assert.deepEqual([await scene.works(oldSecret()), await scene.works(clientSecret)], [true, false]);
    const { basic, form } = { basic: [scene.client.clientId, oldSecret()] as const, form: { token } };
    const told = await server.request('POST', '/oauth/introspect', { basic, form });
    assert.equal(told.body.active, false);
    assert.deepEqual(
      [await scene.statusOf(scene.firstId), await scene.statusOf(credentialId)],
      ['active', 'revoked'],
    );
    assert.deepEqual((await scene.auditOf(scene.firstId)).slice(1), [
      'credential.retiring',
      'credential.rotation_cancelled',
    ]);
    server.advanceClock(86_400 * 3);
    assert.equal(await scene.works(oldSecret()), true);
  });

  it('200: after it the old one can be rotated anew', async () => {
    await rotate();
    await step('cancel');
    const { credentialId } = await rotate({ overlapSeconds: 0 });
    const { state, replacement } = await rotation();
    assert.deepEqual([state, replacement.credentialId], ['retired', credentialId]);
  });

  it('409: says in which state it is', async () => {
    assertConflict(await tryStep('cancel'), /is active; only a retiring one has a rotation to cancel/);
    const { credentialId } = await rotate({ overlapSeconds: 60 });
    assertConflict(await tryStep('cancel', credentialId), /is active; only a retiring one/);
    server.advanceClock(61);
    assertConflict(await tryStep('cancel'), /is retired; only a retiring one/);
    await scene.succeed('POST', `/${scene.firstId}/revoke`);
    assertConflict(await tryStep('cancel'), /is revoked; only a retiring one/);
  });

  it('409: while its replacement is itself being rotated', async () => {
    const { credentialId } = await rotate();
    await rotate({}, credentialId);
    assertConflict(await tryStep('cancel'), /retiring itself; settle that rotation first/);
    await step('cancel', undefined, credentialId);
    assert.equal((await step('cancel')).state, 'cancelled');
  });
});

describe('POST …/rotation/complete', () => {
  it('200: ends the old one now; its tokens live on', async () => {
    const { clientSecret } = await rotate();
    const token = await server.token(scene.client);
    const { state, retiresAt } = await step('complete');
    assert.equal(state, 'retired');
    assert.ok(Math.abs(Date.parse(retiresAt) - Date.now()) < 60_000);
    assert.deepEqual([await scene.works(oldSecret()), await scene.works(clientSecret)], [false, true]);
    const told = await server.request('POST', '/oauth/introspect', {
      basic: [scene.client.clientId, clientSecret],
      form: { token },
    });
    assert.equal(told.body.active, true);
    server.advanceClock(3_601);
    assert.equal((await rotation()).state, 'completed');
  });

  it('409: says in which state it is', async () => {
    assertConflict(await tryStep('complete'), /is active; only a retiring one has a rotation to complete/);
    await rotate();
    await step('complete');
    assertConflict(await tryStep('complete'), /is retired; only a retiring one/);
  });

  it('409: never when nothing else would go on working', async () => {
    const { credentialId } = await rotate({ overlapSeconds: 3_600 });
    await scene.succeed('PATCH', `/${scene.firstId}`, { expiresAt: inSeconds(3_000) });
    // The second one may retire after the third one expired, for the first one lasts longer than both.
    await rotate({ overlapSeconds: 1_200, expiresAt: inSeconds(600) }, credentialId);
    const before = (await scene.api('GET')).body;
    assertConflict(await tryStep('complete'), /No other credential of the client would go on working/);
    assert.deepEqual((await scene.api('GET')).body, before);
    await step('complete', undefined, credentialId);
    assert.equal((await step('complete')).state, 'retired');
  });
});

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

describe('POST …/rotation/undo', () => {
  it('200: brings the old one back as retiring, by a deadline or by a time of quiet', async () => {
    const { clientSecret } = await rotate({ overlapSeconds: 0 });
    assert.equal(await scene.works(oldSecret()), false);
    server.advanceClock(3_500);
    const { state, retiresAt } = await step('undo', { overlapSeconds: 600 });
    assert.equal(state, 'retiring');
    assert.ok(Math.abs(Date.parse(retiresAt) - Date.now() - 4_100_000) < 60_000, retiresAt);
    assert.deepEqual([await scene.works(oldSecret()), await scene.works(clientSecret)], [true, true]);
    assert.equal((await scene.auditOf(scene.firstId)).at(-1), 'credential.retirement_undone');
    server.advanceClock(601);
    assert.equal(await scene.works(oldSecret()), false);
    assert.equal((await step('undo', { retireAfterQuietSeconds: 60 })).retireAfterQuietSeconds, 60);
    assert.equal(await scene.works(oldSecret()), true);
  });

  it('200: as active when nothing else works any more', async () => {
    const { credentialId } = await rotate({ overlapSeconds: 0 });
    await scene.succeed('POST', `/${credentialId}/revoke`);
    assert.equal((await step('undo')).state, 'cancelled');
    assert.equal(await scene.statusOf(scene.firstId), 'active');
    server.advanceClock(86_400 * 30);
    assert.equal(await scene.works(oldSecret()), true);
  });

  it('409: when the window is over, an hour unless the customer has another', async () => {
    const [patient, impatient] = [
      await sceneAt(server, { rotationUndoSeconds: 7_200 }),
      await sceneAt(server, { rotationUndoSeconds: 0 }),
    ];
    for (const { succeed, firstId } of [scene, patient, impatient]) {
      await succeed('POST', `/${firstId}/rotate`, { overlapSeconds: 0 });
    }
    const undo = (of: Scene) => of.api('POST', `/${of.firstId}/rotation/undo`);
    assertConflict(await undo(impatient), /could be brought back until/);
    server.advanceClock(3_601);
    assertConflict(await undo(scene), /retired at .*Z, and could be brought back until .*Z/);
    assert.equal((await undo(patient)).status, 200);
  });

  it('409: for one that is active, retiring, revoked or expired', async () => {
    assertConflict(await tryStep('undo'), /is active; only a retired one can be brought back/);
    await rotate({ overlapSeconds: 60 });
    assertConflict(await tryStep('undo'), /is retiring; only a retired one/);
    await scene.succeed('PATCH', `/${scene.firstId}`, { expiresAt: inSeconds(90) });
    server.advanceClock(91);
    assertConflict(await tryStep('undo'), /expired at .*Z and cannot be brought back/);
    await scene.succeed('POST', `/${scene.firstId}/revoke`);
    assertConflict(await tryStep('undo'), /is revoked; only a retired one/);
  });

  it('409: keeps to the number of live credentials', async () => {
    scene = await sceneAt(server, { maxCredentialsPerClient: 2 });
    await rotate({ overlapSeconds: 0 });
    const { credentialId } = await scene.succeed('POST', '');
    assertConflict(await tryStep('undo'), /2 live credentials/);
    await scene.succeed('POST', `/${credentialId}/revoke`);
    assert.equal((await step('undo')).state, 'retiring');
  });

  it('400: refuses fields that it does not know, and numbers out of bounds', async () => {
    await rotate({ overlapSeconds: 0 });
    for (const json of [{ name: 'x' }, { overlapSeconds: -1 }, { retireAfterQuietSeconds: 59 }]) {
      assert.equal((await scene.api('POST', `/${scene.firstId}/rotation/undo`, { json })).status, 400);
    }
  });
});

describe('the privileges', () => {
  it('403: cancel and complete take DELETE, undo takes CREATE, and looking takes READ', async () => {
    await rotate();
    const api = nativeApi(server, scene.organization);
    const path = `/clients/${scene.client.clientId}/credentials/${scene.firstId}/rotation`;
    const needed = [
      ['GET', '', 'READ'],
      ['POST', '/undo', 'CREATE'],
      ['POST', '/cancel', 'DELETE'],
      ['POST', '/complete', 'DELETE'],
    ] as const;
    for (const [method, step, privilege] of needed) {
      for (const held of ['CREATE', 'READ', 'UPDATE', 'DELETE']) {
        if (held === privilege) continue;
        const role = await createRole(api, { 'customer.clients.credentials': [held] });
        const { token } = await callerWith(server, scene.organization, { [role]: [] });
        assertError(await api(method, path + step, { token }), 403, /./);
      }
    }
    assert.equal((await rotation()).state, 'retiring');
  });

  it('404: for the credential of another client, of another customer, and for none, all the same', async () => {
    const stranger = await sceneAt(server);
    const texts = new Set<string>();
    for (const id of [stranger.firstId, '00000000-0000-4000-8000-000000000000', 'nonsense']) {
      for (const [method, step] of [
        ['GET', ''],
        ['POST', '/cancel'],
        ['POST', '/complete'],
        ['POST', '/undo'],
      ] as const) {
        const answer = await scene.api(method, `/${id}/rotation${step}`);
        assertError(answer, 404, /credential does not exist/);
        texts.add(answer.text);
      }
    }
    assert.equal(texts.size, 1);
  });
});
