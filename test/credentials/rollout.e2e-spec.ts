import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from '../support/server.js';
import { rollOut } from './support/rollout.js';
import { sceneAt } from './support/scene.js';

let server: TestServer;
const start = async () => {
  server = await startServer({ settings: { trustedProxies: ['127.0.0.1'] } });
};

describe('a rotation while 200 workers read the new secret over hours', () => {
  before(start);
  after(() => server.close());

  it('fails no token request, and its report names the two that never read it', async () => {
    await rollOut(server, {
      workers: 200,
      stragglers: [17, 142],
      stepSeconds: 3_600,
      pickUpSteps: 2,
      quietSteps: 2,
    });
  });
});

describe('fifty at once', () => {
  before(start);
  after(() => server.close());

  it('rotations of one credential: one makes a new one, the others are told that it is retiring', async () => {
    const scene = await sceneAt(server);
    const rotate = () => scene.api('POST', `/${scene.firstId}/rotate`);
    const answers = await Promise.all(Array.from({ length: 50 }, rotate));
    const won = answers.filter(({ status }) => status === 201);
    assert.equal(won.length, 1);
    for (const { status, text } of answers) {
      if (status !== 201) assert.match(`${status} ${text}`, /^409 .*is retiring; only an active one/);
    }
    assert.equal((await scene.api('GET')).body.length, 2);
    assert.equal(await scene.works(won[0]?.body.clientSecret), true);
  });

  it('revocations of one credential: all are answered the same, and it is revoked once', async () => {
    const scene = await sceneAt(server);
    const revoke = () => scene.api('POST', `/${scene.firstId}/revoke`);
    const answers = await Promise.all(Array.from({ length: 50 }, revoke));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    assert.deepEqual(await scene.auditOf(scene.firstId), ['credential.issued', 'credential.revoked']);
  });

  it('cancellations and completions of one rotation: one of them decides', async () => {
    const scene = await sceneAt(server);
    const { credentialId, clientSecret } = await scene.succeed('POST', `/${scene.firstId}/rotate`);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        scene.api('POST', `/${scene.firstId}/rotation/${index % 2 ? 'cancel' : 'complete'}`),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);
    assert.equal(won.length, 1);
    assert.equal(answers.filter(({ status }) => status === 409).length, 49);
    const isCancelled = won[0]?.body.state === 'cancelled';
    assert.deepEqual(
      [await scene.statusOf(scene.firstId), await scene.statusOf(credentialId)],
      isCancelled ? ['active', 'revoked'] : ['retired', 'active'],
    );
    assert.deepEqual(
      [await scene.works(scene.client.secret), await scene.works(clientSecret)],
      [isCancelled, !isCancelled],
    );
  });
});
