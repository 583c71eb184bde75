import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { Principal } from '#libs/access';
import { KeyRewrapper } from '#libs/keys';
import { dumpOf } from '../support/database-dump.js';
import { eventually } from '../support/eventually.js';
import { createOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { testSettings } from '../support/settings.js';
import { type Receiver, startReceiver } from './support/receiver.js';

const [oldKey] = testSettings().masterKeys as [Buffer];
const newKey = Buffer.alloc(32, 'another master key');

describe('the signing secret of a webhook', () => {
  let server: TestServer;
  let receiver: Receiver;
  before(async () => {
    server = await startServer({ settings: { masterKeys: [newKey, oldKey] } });
    receiver = await startReceiver();
  });
  after(async () => {
    await receiver.close();
    await server.close();
  });

  it('stands nowhere in clear, and signs on after a rewrap without the old master key', async () => {
    const old = await startServer({ sharing: server, settings: { masterKeys: [oldKey, newKey] } });
    const { customerId, token } = await createOrganization(old);
    const path = `/oauth/customers/${customerId}/webhooks`;
    const { body } = await old.request('POST', path, { token, json: { url: receiver.url } });
    await old.close();
    const dump = await dumpOf(server.database);
    const bytes = Buffer.from(body.signingSecret.slice('whsec_'.length), 'base64');
    for (const form of [bytes.toString('base64'), bytes.toString('hex')]) assert.ok(!dump.includes(form));

    const rewrapper = server.app.get(KeyRewrapper, { strict: false });
    assert.ok((await rewrapper.rewrapAll(Principal.system('test'))) >= 2);
    assert.equal(await rewrapper.rewrapAll(Principal.system('test')), 0);

    await server.request('PATCH', `${path}/${body.webhookId}`, { token, json: { enabled: false } });
    const alone = await startServer({ sharing: server, settings: { masterKeys: [newKey] } });
    await alone.request('PATCH', `${path}/${body.webhookId}`, { token, json: { enabled: true } });
    await alone.request('POST', `${path}/${body.webhookId}/test`, { token });
    const { text, headers } = await eventually(5_000, async () => {
      const [first] = receiver.received;
      assert.ok(first);
      return first;
    });
    new Webhook(body.signingSecret).verify(text, headers);
    await alone.close();
  });
});
