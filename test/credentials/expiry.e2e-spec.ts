import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CredentialCalendar } from '#libs/credentials';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';
import { type Receiver, startReceiver } from '../webhooks/support/receiver.js';
import { type Scene, sceneAt } from './support/scene.js';

const day = 86_400;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const inDays = (days: number) => new Date(Date.now() + days * day * 1000).toISOString();
const daysUntil = (moment: string) => Math.round((Date.parse(moment) - Date.now()) / (day * 1000));
const note = (at: TestServer) => at.app.get(CredentialCalendar, { strict: false }).runOnce();

describe('the end of a credential', () => {
  it('stops it from working, and is moved as long as it has not come', async () => {
    const scene = await sceneAt(server);
    const { credentialId, clientSecret } = await scene.succeed('POST', '', { expiresAt: inDays(2) });
    await scene.succeed('PATCH', `/${credentialId}`, { expiresAt: inDays(4) });
    server.advanceClock(3 * day);
    assert.equal(await scene.works(clientSecret), true);
    server.advanceClock(2 * day);
    assert.equal(await scene.works(clientSecret), false);
    assert.equal(await scene.statusOf(credentialId), 'expired');
    const late = await scene.api('PATCH', `/${credentialId}`, { json: { expiresAt: inDays(50) } });
    assert.equal(late.status, 409);
  });

  it('is set by credentialDefaultTtlSeconds where none is given, and bounded by credentialMaxAgeSeconds', async () => {
    const scene = await sceneAt(server, {
      credentialDefaultTtlSeconds: 10 * day,
      credentialMaxAgeSeconds: 30 * day,
    });
    const usual = await scene.succeed('POST');
    assert.equal(daysUntil(usual.expiresAt), 10);
    for (const expiresAt of [null, inDays(31)]) {
      const refused = await scene.api('POST', '', { json: { expiresAt } });
      assert.equal(refused.status, 400, refused.text);
    }
    assert.equal(daysUntil((await scene.succeed('POST', '', { expiresAt: inDays(29) })).expiresAt), 29);
  });
});

describe('GET …/credentials?expiringWithin', () => {
  it('lists those that work and end by then, as the metric counts them', async () => {
    const scene = await sceneAt(server);
    const soon = await scene.succeed('POST', '', { expiresAt: inDays(29) });
    await scene.succeed('POST', '', { expiresAt: inDays(31) });
    const revoked = await scene.succeed('POST', '', { expiresAt: inDays(5) });
    await scene.succeed('POST', `/${revoked.credentialId}/revoke`);
    const list = await scene.succeed('GET', '?expiringWithin=30d');
    assert.deepEqual(
      list.map((one: { credentialId: string }) => one.credentialId),
      [soon.credentialId],
    );
    assert.match((await server.request('GET', '/metrics')).text, /^credentials_expiring 1$/m);
  });
});

describe('notices of an expiry', () => {
  let receiver: Receiver;
  let scene: Scene;
  beforeEach(async () => {
    scene = await sceneAt(server);
    receiver = await startReceiver();
    const json = { url: receiver.url, eventTypes: ['credential.expiring', 'credential.expired'] };
    const path = `/oauth/customers/${scene.organization.customerId}/webhooks`;
    const created = await server.request('POST', path, { token: scene.organization.token, json });
    assert.equal(created.status, 201, created.text);
  });
  afterEach(() => receiver.close());

  it('come at 90, 60, 30, 14, 7 and 1 days and at the end, once each from two instances', async () => {
    const second = await startServer({ sharing: server });
    try {
      const { credentialId } = await scene.succeed('POST', '', { expiresAt: inDays(100) });
      let at = 0;
      for (const left of [95, 89, 59, 29, 13, 6, 0.5, -1]) {
        for (const one of [server, second]) one.advanceClock((100 - left - at) * day);
        at = 100 - left;
        for (let round = 0; round < 2; round++) await Promise.all([note(server), note(second)]);
      }
      const told = await eventually(5_000, async () => {
        // The clock leaps over the lease of a delivery under way, so one may come twice; its id tells.
        const byId = new Map(receiver.received.map(({ headers, body }) => [headers['webhook-id'], body]));
        assert.equal(byId.size, 7);
        return [...byId.values()];
      });
      assert.deepEqual(
        told.map(({ type, data }) => data.noticeDays ?? type).sort(),
        [90, 60, 30, 14, 7, 1, 'credential.expired'].sort(),
      );
      assert.ok(told.every(({ data }) => data.credentialId === credentialId));
      const audit = await scene.auditOf(credentialId);
      assert.equal(audit.filter((action) => action === 'credential.expiring').length, 6);
    } finally {
      await second.close();
    }
  });

  it('are not given of a time that the credential never had, and the shortest that is due stands for all', async () => {
    await scene.succeed('POST', '', { expiresAt: inDays(10) });
    await note(server);
    server.advanceClock(9.5 * day);
    await note(server);
    await note(server);
    await eventually(5_000, async () => assert.equal(receiver.received.length, 1));
    assert.equal(receiver.received[0]?.body.data.noticeDays, 1);
  });
});
