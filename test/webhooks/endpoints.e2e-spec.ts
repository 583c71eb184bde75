import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertError, type NativeApi, nativeApi } from '../customers/support/native-api.js';
import { createOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';

const url = 'https://hooks.example.com/clientele?key=1';

let server: TestServer;
let api: NativeApi;
before(async () => {
  server = await startServer({ settings: { webhookAllowedNetworks: [], webhookAllowHttp: false } });
  api = nativeApi(server, await createOrganization(server));
});
after(() => server.close());

const create = (json: object) => api('POST', '/webhooks', { json });

describe('POST …/webhooks', () => {
  it('answers the signing secret, which nothing answers later', async () => {
    const { status, body } = await create({ url, enabled: false });
    assert.equal(status, 201);
    assert.match(body.signingSecret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    const { signingSecret, ...rest } = body;
    assert.deepEqual((await api('GET', `/webhooks/${body.webhookId}`)).body, rest);
    assert.deepEqual((await api('GET', '/webhooks')).body.at(-1), rest);
    const changed = await api('PATCH', `/webhooks/${body.webhookId}`, { json: { description: 'mine' } });
    assert.deepEqual({ ...changed.body, updatedAt: rest.updatedAt }, { ...rest, description: 'mine' });
    const rotated = await api('POST', `/webhooks/${body.webhookId}/secret/rotate`);
    assert.notEqual(rotated.body.signingSecret, signingSecret);
    assert.equal((await api('DELETE', `/webhooks/${body.webhookId}`)).status, 200);
    assert.equal((await api('GET', `/webhooks/${body.webhookId}`)).status, 404);
  });

  for (const refused of [
    'http://hooks.example.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://localhost/',
    'https://user:word@hooks.example.com/',
    'nonsense',
  ]) {
    it(`400 for ${refused}, at a change as well`, async () => {
      assertError(await create({ url: refused }), 400, /webhook/i);
      const { body } = await create({ url });
      const path = `/webhooks/${body.webhookId}`;
      assertError(await api('PATCH', path, { json: { url: refused } }), 400, /webhook/i);
      await api('DELETE', path);
    });
  }

  it('400 for a type that does not exist', async () => {
    assert.equal((await create({ url, eventTypes: ['client.exploded'] })).status, 400);
  });

  it('409 beyond ten, from many requests at once too', async () => {
    const own = nativeApi(server, await createOrganization(server));
    const answers = await Promise.all(
      Array.from({ length: 14 }, () => own('POST', '/webhooks', { json: { url } })),
    );
    const statuses = answers.map(({ status }) => status);
    assert.deepEqual([...new Set(statuses)].sort(), [201, 409]);
    assert.equal(statuses.filter((status) => status === 201).length, 10);
    const first = await own('GET', '/webhooks?limit=6');
    assert.equal(first.body.length, 6);
    assert.match(String(first.headers.get?.('link') ?? ''), /rel="next"/);
  });
});
