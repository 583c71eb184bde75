import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { WebhookDispatcher } from '#libs/webhooks';
import { type NativeApi, nativeApi } from '../customers/support/native-api.js';
import { eventually } from '../support/eventually.js';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { type Receiver, startReceiver } from './support/receiver.js';

let server: TestServer;
let organization: TestOrganization;
let api: NativeApi;
let receiver: Receiver;

beforeEach(async () => {
  server = await startServer({ settings: { webhookTimeoutSeconds: 1 } });
  organization = await createOrganization(server);
  api = nativeApi(server, organization);
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  await server.close();
});

const renewed = async () => ({ token: await server.token(organization.admin) });

async function succeed(method: string, path: string, json?: object) {
  const answer = await api(method, path, { ...(await renewed()), ...(json && { json }) });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
  return answer.body;
}

const create = (overrides: object = {}) => succeed('POST', '/webhooks', { url: receiver.url, ...overrides });
const deliveries = (webhookId: string) => succeed('GET', `/webhooks/${webhookId}/deliveries`);
async function testMany(webhookId: string, count: number): Promise<void> {
  const token = await server.token(organization.admin);
  const path = `/webhooks/${webhookId}/test`;
  await Promise.all(Array.from({ length: count }, () => api('POST', path, { token })));
}

const newClient = () => createClient(server, organization.customerId, organization.token);
const arrived = (count: number, at: Receiver = receiver) =>
  eventually(5_000, async () => assert.equal(at.received.length, count, at.typesOf().join()));

/** Waits for what became of the only delivery. */
function settled(webhookId: string, status: string, attempts: number) {
  return eventually(5_000, async () => {
    const [only] = await deliveries(webhookId);
    assert.deepEqual([only.status, only.attempts], [status, attempts]);
    assert.notEqual(only.responseStatus ?? only.failure, null);
    return only;
  });
}

describe('a delivery', () => {
  it('is signed as Standard Webhooks has it, and tells no secret', async () => {
    const { signingSecret, webhookId } = await create();
    const client = await newClient();
    await arrived(2);
    for (const { text, headers, body } of receiver.received) {
      assert.deepEqual(new Webhook(signingSecret).verify(text, headers), body);
      assert.throws(() => new Webhook(signingSecret).verify(`${text} `, headers));
      assert.deepEqual(Object.keys(body), ['type', 'timestamp', 'data']);
      assert.deepEqual(
        [body.data.customerId, body.data.clientId],
        [organization.customerId, client.clientId],
      );
      assert.ok(!text.includes(client.secret));
    }
    assert.deepEqual(receiver.typesOf().sort(), ['client.created', 'credential.created']);
    await eventually(5_000, async () => {
      const log = await deliveries(webhookId);
      assert.deepEqual(
        log.map(({ status, responseStatus }: Record<string, unknown>) => [status, responseStatus]),
        [
          ['delivered', 204],
          ['delivered', 204],
        ],
      );
    });
  });

  it('is made of nothing that was rolled back, and of the types that were asked for', async () => {
    await create({ eventTypes: ['client.deleted', 'client.disabled'] });
    const client = await newClient();
    const refused = await api('POST', '/clients', { json: [{ clientId: client.clientId }] });
    assert.equal(refused.status, 400);
    await succeed('DELETE', `/clients/${client.clientId}`);
    await arrived(1);
    assert.deepEqual(receiver.typesOf(), ['client.deleted']);
  });

  it('carries two signatures while the old secret counts, and one afterwards', async () => {
    const { webhookId, signingSecret: old } = await create();
    const { signingSecret } = await succeed('POST', `/webhooks/${webhookId}/secret/rotate`, {
      overlapSeconds: 60,
    });
    await succeed('POST', `/webhooks/${webhookId}/test`);
    await arrived(1);
    const [first] = receiver.received;
    assert.equal(first?.headers['webhook-signature']?.split(' ').length, 2);
    for (const secret of [old, signingSecret])
      new Webhook(secret).verify(first?.text ?? '', first?.headers ?? {});
    server.advanceClock(61);
    await succeed('POST', `/webhooks/${webhookId}/test`);
    await arrived(2);
    assert.equal(receiver.received[1]?.headers['webhook-signature']?.split(' ').length, 1);
  });

  it('comes to one instance of several only', async () => {
    const second = await startServer({ sharing: server });
    try {
      const { webhookId } = await create({ enabled: false });
      await testMany(webhookId, 60);
      await succeed('PATCH', `/webhooks/${webhookId}`, { enabled: true });
      const dispatchers = [server, second].map(({ app }) => app.get(WebhookDispatcher, { strict: false }));
      await eventually(5_000, async () => {
        for (const dispatcher of dispatchers) dispatcher.wake();
        assert.ok(receiver.received.length >= 60);
      });
      await wait(1_200);
      assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 60);
      assert.equal(receiver.received.length, 60);
    } finally {
      await second.close();
    }
  });
});

describe('a delivery that fails', () => {
  it('is tried again after a while, under the same webhook-id, and can be asked for once more', async () => {
    receiver.answer = () => ({ status: 500 });
    const { webhookId } = await create();
    await succeed('POST', `/webhooks/${webhookId}/test`);
    const { failure, responseStatus, deliveryId } = await settled(webhookId, 'pending', 1);
    assert.deepEqual([failure, responseStatus], ['status', 500]);
    receiver.answer = () => ({ status: 200 });
    server.advanceClock(7);
    await settled(webhookId, 'delivered', 2);
    await succeed('POST', `/webhooks/${webhookId}/deliveries/${deliveryId}/redeliver`);
    await arrived(3);
    assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);
  });

  it('is not tried sooner than Retry-After says', async () => {
    receiver.answer = () => ({ status: 429, headers: { 'retry-after': '600' } });
    const { webhookId } = await create();
    await succeed('POST', `/webhooks/${webhookId}/test`);
    const { nextAttemptAt, lastAttemptAt } = await settled(webhookId, 'pending', 1);
    assert.ok(Date.parse(nextAttemptAt) - Date.parse(lastAttemptAt) >= 600_000, nextAttemptAt);
  });

  it('follows no redirect', async () => {
    const elsewhere = await startReceiver();
    receiver.answer = () => ({ status: 307, headers: { location: elsewhere.url } });
    const { webhookId } = await create();
    await succeed('POST', `/webhooks/${webhookId}/test`);
    assert.equal((await settled(webhookId, 'pending', 1)).responseStatus, 307);
    assert.equal(elsewhere.received.length, 0);
    await elsewhere.close();
  });

  it('disables the endpoint where the answer is 410', async () => {
    receiver.answer = () => ({ status: 410 });
    const { webhookId } = await create();
    await succeed('POST', `/webhooks/${webhookId}/test`);
    await settled(webhookId, 'failed', 1);
    await eventually(5_000, async () => {
      const { enabled, disabledReason } = await succeed('GET', `/webhooks/${webhookId}`);
      assert.deepEqual([enabled, disabledReason], [false, 'gone']);
    });
    await newClient();
    await wait(300);
    assert.equal(receiver.received.length, 1);
  });

  it('disables the endpoint after days without a success, which the audit log has', async () => {
    receiver.answer = () => ({ status: 503 });
    const { webhookId } = await create();
    await succeed('POST', `/webhooks/${webhookId}/test`);
    await settled(webhookId, 'pending', 1);
    server.advanceClock(5 * 86_400 + 1);
    await eventually(5_000, async () => {
      const { enabled, disabledReason } = await succeed('GET', `/webhooks/${webhookId}`);
      assert.deepEqual([enabled, disabledReason], [false, 'failing']);
    });
    const events = await server.database.query<{ action: string }>(
      'select action from audit_event where target_id = $1 order by sequence',
      [webhookId],
    );
    assert.equal(events.at(-1)?.action, 'webhook.disabled');
  });

  it('to one slow endpoint holds up no other, and ends with its time', async () => {
    receiver.answer = () => wait(3_000, { status: 200 }, { ref: false });
    const quick = await startReceiver();
    const { webhookId } = await create({ enabled: false });
    await testMany(webhookId, 80);
    await succeed('PATCH', `/webhooks/${webhookId}`, { enabled: true });
    await eventually(5_000, async () => assert.ok(receiver.received.length >= 4));
    const other = await create({ url: quick.url });
    const begin = performance.now();
    await succeed('POST', `/webhooks/${other.webhookId}/test`);
    await arrived(1, quick);
    assert.ok(performance.now() - begin < 900, 'it waited for the slow one');
    await eventually(5_000, async () => {
      const [first] = await deliveries(webhookId);
      assert.equal(first.failure, 'timeout');
    });
    await quick.close();
  });
});

describe('a retired secret that is presented', () => {
  it('is told once, however often it is', async () => {
    await create({ eventTypes: ['credential.used_after_retirement', 'credential.rotated'] });
    const client = await newClient();
    const path = `/clients/${client.clientId}/credentials`;
    const [{ credentialId }] = await succeed('GET', path);
    await succeed('POST', `${path}/${credentialId}/rotate`, { overlapSeconds: 0 });
    for (let count = 0; count < 5; count++) await assert.rejects(server.token(client));
    await arrived(2);
    await wait(300);
    assert.deepEqual(receiver.typesOf(), ['credential.rotated', 'credential.used_after_retirement']);
    assert.equal(receiver.received[1]?.body.data.credentialId, credentialId);
    assert.equal(receiver.received[1]?.body.data.address, '127.0.0.1');
  });
});
