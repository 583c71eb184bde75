import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CredentialUsage } from '#libs/credentials';
import { startServer, type TestServer } from '../support/server.js';
import { assertConflict, type Scene, sceneAt } from './support/scene.js';

const day = 86_400;

let server: TestServer;
let scene: Scene;

beforeEach(async () => {
  server = await startServer();
  scene = await sceneAt(server);
});
afterEach(() => server.close());

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
const rotate = (json: object = {}, id = scene.firstId) => scene.succeed('POST', `/${id}/rotate`, json);
const oldWorks = () => scene.works(scene.client.secret);
const revoke = (id: string) => scene.succeed('POST', `/${id}/revoke`);

describe('a rotation never leaves a client without a working credential', () => {
  it('the old one stays when its replacement is revoked', async () => {
    const { credentialId } = await rotate();
    await revoke(credentialId);
    const { state, retiresAt } = await scene.succeed('GET', `/${scene.firstId}/rotation`);
    assert.deepEqual([state, retiresAt], ['cancelled', null]);
    server.advanceClock(10 * day);
    assert.equal(await oldWorks(), true);
    assert.equal((await scene.auditOf(scene.firstId)).at(-1), 'credential.rotation_cancelled');
  });

  it('the last of a chain of rotations stays when what came after it is revoked', async () => {
    const second = await rotate({ overlapSeconds: 10 * day });
    const third = await rotate({ overlapSeconds: 0 }, second.credentialId);
    await revoke(third.credentialId);
    server.advanceClock(20 * day);
    assert.equal(await oldWorks(), true);
    assert.equal(await scene.works(second.clientSecret), false);
  });

  it('409: the new one must not expire before the old one retires, and nothing is changed', async () => {
    const json = { overlapSeconds: 7_200, expiresAt: inSeconds(7_000) };
    assertConflict(
      await scene.api('POST', `/${scene.firstId}/rotate`, { json }),
      /would expire before the old one retires, and nothing else would work/,
    );
    const { length, 0: only } = (await scene.api('GET')).body;
    assert.deepEqual([length, only.status], [1, 'active']);
    await scene.succeed('POST');
    await scene.succeed('POST', `/${scene.firstId}/rotate`, json);
  });

  it('409: nor may its end be moved there, while another one that lasts makes that good', async () => {
    const { credentialId } = await rotate({ overlapSeconds: 7_200 });
    const sooner = { expiresAt: inSeconds(7_000) };
    assertConflict(
      await scene.api('PATCH', `/${credentialId}`, { json: sooner }),
      /needs this credential to live/,
    );
    assert.equal((await scene.api('GET', `/${credentialId}`)).body.expiresAt, null);
    await scene.succeed('PATCH', `/${credentialId}`, { expiresAt: inSeconds(7_300), name: 'later' });
    await scene.succeed('POST');
    await scene.succeed('PATCH', `/${credentialId}`, sooner);
  });

  it('a use that moves a retirement beyond the end of all others calls the rotation off', async () => {
    const { clientSecret } = await rotate({ retireAfterQuietSeconds: 3_600, expiresAt: inSeconds(7_200) });
    server.advanceClock(3_500);
    assert.equal(await oldWorks(), true);
    await server.app.get(CredentialUsage, { strict: false }).flush();
    assert.equal(await scene.statusOf(scene.firstId), 'retiring');
    server.advanceClock(3_500);
    assert.equal(await oldWorks(), true);
    await server.app.get(CredentialUsage, { strict: false }).flush();
    assert.equal(await scene.statusOf(scene.firstId), 'active');
    server.advanceClock(10 * day);
    assert.deepEqual([await oldWorks(), await scene.works(clientSecret)], [true, false]);
  });

  it('what was asked for is done: revoking the last one, and an end of the last one', async () => {
    const { credentialId, clientSecret } = await rotate();
    await revoke(scene.firstId);
    assert.deepEqual([await oldWorks(), await scene.works(clientSecret)], [false, true]);
    await scene.succeed('PATCH', `/${credentialId}`, { expiresAt: inSeconds(60) });
    server.advanceClock(61);
    assert.equal(await scene.works(clientSecret), false);

    scene = await sceneAt(server);
    assert.equal((await revoke(scene.firstId)).status, 'revoked');
    assert.equal(await oldWorks(), false);
    assert.equal((await revoke(scene.firstId)).status, 'revoked');
  });
});
