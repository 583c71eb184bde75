import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { nativeApi } from '../customers/support/native-api.js';
import { startServer, type TestServer } from '../support/server.js';
import { type Machine, machineWith, redeem } from './support/machine.js';
import { type Scene, sceneAt } from './support/scene.js';

let server: TestServer;
let scene: Scene;
let machine: Machine;

before(async () => {
  server = await startServer();
});
beforeEach(async () => {
  scene = await sceneAt(server);
  machine = await machineWith();
});
after(() => server.close());

const path = () => `/clients/${scene.client.clientId}/enrolments`;
const codeOf = async (json: object = {}): Promise<string> => {
  const answer = await nativeApi(server, scene.organization)('POST', path(), { json });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.enrolmentCode;
};

describe('a public key among the credentials', () => {
  it('is revoked as any other, and leaves the secrets alone', async () => {
    const { body } = await redeem(server, machine, await codeOf());
    assert.equal((await scene.succeed('POST', `/${body.credentialId}/revoke`)).status, 'revoked');
    assert.equal(await scene.works(scene.client.secret), true);
    assert.deepEqual(await scene.auditOf(body.credentialId), ['credential.issued', 'credential.revoked']);
  });

  it('is no stand-in for a secret in a rotation, nor the other way round', async () => {
    await redeem(server, machine, await codeOf());
    const { credentialId } = await scene.succeed('POST', `/${scene.firstId}/rotate`);
    await scene.succeed('POST', `/${credentialId}/revoke`);
    assert.equal(await scene.statusOf(scene.firstId), 'active');
  });

  it('409: is rotated by a code, which names it', async () => {
    const { body } = await redeem(server, machine, await codeOf({ name: 'worker 7' }));
    const refused = await scene.api('POST', `/${body.credentialId}/rotate`);
    assert.equal(refused.status, 409);
    assert.match(refused.text, /enrolment code that `replaces` it/);

    const code = await codeOf({ replaces: body.credentialId, overlapSeconds: 60 });
    const successor = (await redeem(server, await machineWith(), code)).body;
    assert.deepEqual([successor.replaces, successor.name], [body.credentialId, 'worker 7']);
    const rotation = await scene.succeed('GET', `/${body.credentialId}/rotation`);
    assert.deepEqual(
      [rotation.state, rotation.replacement.credentialId],
      ['retiring', successor.credentialId],
    );
    server.advanceClock(61);
    assert.equal(await scene.statusOf(body.credentialId), 'retired');
    await scene.succeed('POST', `/${body.credentialId}/rotation/undo`, { overlapSeconds: 60 });
    assert.equal((await scene.succeed('POST', `/${body.credentialId}/rotation/cancel`)).state, 'cancelled');
    assert.equal(await scene.statusOf(successor.credentialId), 'revoked');
  });

  it('409: a code for one that was rotated or revoked meanwhile is not used up', async () => {
    const { body } = await redeem(server, machine, await codeOf());
    const code = await codeOf({ replaces: body.credentialId });
    await scene.succeed('POST', `/${body.credentialId}/revoke`);
    const refused = await redeem(server, await machineWith(), code);
    assert.equal(refused.status, 409, refused.text);
    assert.equal(refused.body.error, 'invalid_request');
    assert.match(refused.body.error_description, /is revoked; only/);
    const [{ status }] = (await nativeApi(server, scene.organization)('GET', path())).body.slice(-1);
    assert.equal(status, 'open');
  });
});
