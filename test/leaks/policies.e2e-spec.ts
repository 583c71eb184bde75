import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CredentialUsage } from '#libs/credentials';
import { type Scene, sceneAt } from '../credentials/support/scene.js';
import { nativeApi } from '../customers/support/native-api.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertIssued, assertRefused } from '../support/token-requests.js';
import { startReceiver } from '../webhooks/support/receiver.js';
import { keyFile, ScannerKey } from './support/github.js';

const home = { 'x-forwarded-for': '192.0.2.7' };
const elsewhere = { 'x-forwarded-for': '198.51.100.7' };

describe('a leaked secret', () => {
  const key = new ScannerKey();
  let file: Awaited<ReturnType<typeof keyFile>>;
  let server: TestServer;
  before(async () => {
    file = await keyFile([key]);
    server = await startServer({
      settings: {
        githubLeakKeys: file.path,
        trustedProxies: ['127.0.0.0/8'],
        webhookAllowHttp: true,
        webhookAllowedNetworks: ['127.0.0.1'],
      },
    });
  });
  after(async () => {
    await server.close();
    await file.remove();
  });

  const leaksOf = async ({ organization }: Scene) => {
    const answer = await nativeApi(server, organization)('GET', '/leaks?limit=250');
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };
  const auditOf = async (scene: Scene) => (await scene.auditOf(scene.firstId)).slice(1);
  const introspect = async (scene: Scene, token: string) => {
    const other = (await scene.succeed('POST', '')).clientSecret;
    const answer = await server.request('POST', '/oauth/introspect', {
      basic: [scene.client.clientId, other],
      form: { token },
    });
    return answer.body.active;
  };
  const flush = () => server.app.get(CredentialUsage, { strict: false }).flush();

  describe('with the policy notify, and with none', () => {
    it('goes on working, and its customer is told', async () => {
      for (const settings of [{}, { leakPolicy: 'notify' }]) {
        const scene = await sceneAt(server, settings);
        await key.reportOne(server, scene.client.secret);
        assert.equal(await scene.works(scene.client.secret), true);
        const [{ leakId, firstReportedAt, lastReportedAt, ...leak }, ...others] = await leaksOf(scene);
        assert.deepEqual(leak, {
          clientId: scene.client.clientId,
          credentialId: scene.firstId,
          hint: `cls_…${scene.client.secret.slice(-4)}`,
          source: 'github',
          url: 'https://github.com/o/r/blob/1/f',
          foundIn: 'commit',
          action: 'notify',
          count: 1,
        });
        assert.match(leakId, /^[0-9a-f-]{36}$/);
        assert.equal(firstReportedAt, lastReportedAt);
        assert.deepEqual(others, []);
        assert.deepEqual(await auditOf(scene), ['credential.leaked']);
      }
    });

    it('is counted when it is reported from the same place again, and nothing more', async () => {
      const scene = await sceneAt(server);
      for (let round = 0; round < 3; round++) await key.reportOne(server, scene.client.secret);
      await key.reportOne(server, scene.client.secret, '');
      const leaks = await leaksOf(scene);
      assert.deepEqual(
        leaks.map(({ count, url }: { count: number; url: string | null }) => [count, url]),
        [
          [3, 'https://github.com/o/r/blob/1/f'],
          [1, null],
        ],
      );
      assert.deepEqual(await auditOf(scene), ['credential.leaked', 'credential.leaked']);
    });

    it('is one leak although fifty report it at once', async () => {
      const scene = await sceneAt(server, { leakPolicy: 'revoke' });
      await Promise.all(Array.from({ length: 50 }, () => key.reportOne(server, scene.client.secret)));
      const leaks = await leaksOf(scene);
      assert.deepEqual([leaks.length, leaks[0].count, leaks[0].action], [1, 50, 'revoke']);
      assert.deepEqual(await auditOf(scene), ['credential.leaked', 'credential.revoked']);
    });

    it('fills no table: beyond a hundred places they count as one', async () => {
      const scene = await sceneAt(server);
      const matches = Array.from({ length: 110 }, (_, index) => ({
        token: scene.client.secret,
        type: 'x',
        url: `https://example.com/${index}`,
      }));
      assert.equal((await key.report(server, matches)).status, 200);
      const leaks = await leaksOf(scene);
      assert.deepEqual([leaks.length, leaks.at(-1).url, leaks.at(-1).count], [101, null, 10]);
    });

    it('is not kept within the URL that tells of it', async () => {
      const scene = await sceneAt(server);
      const { secret } = scene.client;
      await key.reportOne(server, secret, `https://example.com/?s=${secret}`);
      await key.reportOne(server, secret, `https://example.com/?s=${secret.replace('_', '%5f')}`);
      assert.deepEqual(
        (await leaksOf(scene)).map(({ url, count }: { url: string; count: number }) => [url, count]),
        [[null, 2]],
      );
    });
  });

  it('is told by webhook, once, with what was done and without the secret', async () => {
    const scene = await sceneAt(server, { leakPolicy: 'revoke' });
    const receiver = await startReceiver();
    try {
      const created = await nativeApi(server, scene.organization)('POST', '/webhooks', {
        json: { url: receiver.url, eventTypes: ['credential.leaked', 'credential.revoked'] },
      });
      assert.equal(created.status, 201, created.text);
      for (let round = 0; round < 2; round++) await key.reportOne(server, scene.client.secret);
      await eventually(5_000, async () => assert.equal(receiver.received.length, 2));
      assert.deepEqual(receiver.typesOf().sort(), ['credential.leaked', 'credential.revoked']);
      const leaked = receiver.received.find(({ body }) => body.type === 'credential.leaked');
      const { clientId, credentialId, source, url, foundIn, action, status } = leaked?.body.data ?? {};
      assert.deepEqual(
        { clientId, credentialId, source, url, foundIn, action, status },
        {
          clientId: scene.client.clientId,
          credentialId: scene.firstId,
          source: 'github',
          url: 'https://github.com/o/r/blob/1/f',
          foundIn: 'commit',
          action: 'revoke',
          status: 'active',
        },
      );
      for (const { text } of receiver.received) assert.ok(!text.includes(scene.client.secret));
    } finally {
      await receiver.close();
    }
  });

  describe('with the policy revoke', () => {
    it('ends at once with its tokens, and its sisters live', async () => {
      const scene = await sceneAt(server, { leakPolicy: 'revoke' });
      const token = assertIssued(await scene.ask(scene.client.secret));
      const sister = (await scene.succeed('POST', '')).clientSecret;
      assert.equal(await introspect(scene, token), true);
      await key.reportOne(server, scene.client.secret);
      assertRefused(await scene.ask(scene.client.secret), 401, 'invalid_client');
      assert.equal(await introspect(scene, token), false);
      assert.equal(await scene.works(sister), true);
      assert.equal(await scene.statusOf(scene.firstId), 'revoked');
    });

    it('brings the one back that it was to take the place of', async () => {
      const scene = await sceneAt(server, { leakPolicy: 'revoke' });
      const { clientSecret } = await scene.succeed('POST', `/${scene.firstId}/rotate`, {
        overlapSeconds: 600,
      });
      await key.reportOne(server, clientSecret);
      assert.equal(await scene.statusOf(scene.firstId), 'active');
    });

    it('is noted when it was revoked before, and nothing is done', async () => {
      const scene = await sceneAt(server, { leakPolicy: 'revoke' });
      await scene.succeed('POST', `/${scene.firstId}/revoke`);
      await key.reportOne(server, scene.client.secret);
      assert.equal((await leaksOf(scene))[0].action, 'none');
      assert.deepEqual(await auditOf(scene), ['credential.revoked', 'credential.leaked']);
    });
  });

  describe('with the policy rotate', () => {
    it('gets an end, until when somebody can rotate it', async () => {
      const scene = await sceneAt(server, { leakPolicy: 'rotate', leakRotationSeconds: 600 });
      const before = Date.now();
      await key.reportOne(server, scene.client.secret);
      const { body } = await scene.api('GET', `/${scene.firstId}`);
      const seconds = (Date.parse(body.expiresAt) - before) / 1000;
      assert.ok(seconds >= 600 && seconds < 660, `${seconds}`);
      assert.equal(body.status, 'active');
      assert.equal(await scene.works(scene.client.secret), true);
      const { clientSecret, expiresAt } = await scene.succeed('POST', `/${scene.firstId}/rotate`);
      assert.equal(expiresAt, null);
      assert.equal(await scene.works(clientSecret), true);
      assert.deepEqual((await auditOf(scene)).slice(0, 2), ['credential.leaked', 'credential.updated']);
    });

    it('has a day when its customer says nothing else, and no longer than it had', async () => {
      const scene = await sceneAt(server, { leakPolicy: 'rotate' });
      const soon = new Date(Date.now() + 3_600_000).toISOString();
      const { clientSecret, credentialId } = await scene.succeed('POST', '', { expiresAt: soon });
      await key.reportOne(server, clientSecret);
      await key.reportOne(server, scene.client.secret);
      assert.equal((await scene.api('GET', `/${credentialId}`)).body.expiresAt, soon);
      const { body } = await scene.api('GET', `/${scene.firstId}`);
      const hours = (Date.parse(body.expiresAt) - Date.now()) / 3_600_000;
      assert.ok(hours > 23.9 && hours <= 24, `${hours}`);
    });
  });

  describe('with the policy quarantine', () => {
    it('works from where it was used before, and is refused elsewhere', async () => {
      const scene = await sceneAt(server, { leakPolicy: 'quarantine' });
      const ipv6 = { 'x-forwarded-for': '2001:db8:0:1::5' };
      for (const headers of [home, ipv6, { 'x-forwarded-for': '203.0.113.9' }])
        assertIssued(await scene.ask(scene.client.secret, headers));
      await flush();
      await key.reportOne(server, scene.client.secret);
      for (const headers of [home, ipv6, { 'x-forwarded-for': '2001:db8:0:1:ffff::1' }])
        assertIssued(await scene.ask(scene.client.secret, headers));
      const refused = await scene.ask(scene.client.secret, elsewhere);
      assertRefused(refused, 400, 'unauthorized_client');
      assert.match(refused.body.error_description, /reported as leaked and is in quarantine/);
      assertRefused(await scene.ask('a wrong secret', elsewhere), 401, 'invalid_client');
      const { quarantine } = (await scene.api('GET', `/${scene.firstId}`)).body;
      assert.deepEqual(quarantine.addresses.toSorted(), ['192.0.2.7', '2001:db8:0:1::/64', '203.0.113.9']);
      assert.ok(Date.parse(quarantine.since) <= Date.now());
      assert.deepEqual(await auditOf(scene), ['credential.leaked', 'credential.quarantined']);
    });

    it('works from its allowed networks too, also from those that only report', async () => {
      const allowedNetworks = { mode: 'shadow', networks: ['192.0.2.0/24'] };
      const scene = await sceneAt(server, { leakPolicy: 'quarantine', allowedNetworks });
      assertIssued(await scene.ask(scene.client.secret, elsewhere));
      const unused = (await scene.succeed('POST', '', { allowedNetworks: null })).clientSecret;
      await key.reportOne(server, unused);
      assertIssued(await scene.ask(unused, home));
      assertRefused(await scene.ask(unused, elsewhere), 400, 'unauthorized_client');
      assertIssued(await scene.ask(scene.client.secret, elsewhere));
    });

    it('is let out by hand, and the same report does not bring it back', async () => {
      const scene = await sceneAt(server, { leakPolicy: 'quarantine' });
      await key.reportOne(server, scene.client.secret);
      assertRefused(await scene.ask(scene.client.secret, home), 400, 'unauthorized_client');
      const lifted = await scene.succeed('POST', `/${scene.firstId}/quarantine/lift`);
      assert.equal(lifted.quarantine, null);
      assertIssued(await scene.ask(scene.client.secret, elsewhere));
      await key.reportOne(server, scene.client.secret);
      await scene.succeed('POST', `/${scene.firstId}/quarantine/lift`);
      assertIssued(await scene.ask(scene.client.secret, { 'x-forwarded-for': '203.0.113.77' }));
      await key.reportOne(server, scene.client.secret, 'https://example.com/another/place');
      assertRefused(
        await scene.ask(scene.client.secret, { 'x-forwarded-for': '203.0.113.78' }),
        400,
        'unauthorized_client',
      );
      const actions = await auditOf(scene);
      assert.equal(actions.filter((action) => action === 'credential.quarantine_lifted').length, 1);
      assert.equal(actions.filter((action) => action === 'credential.quarantined').length, 2);
    });

    it('is refused on another instance as well', async () => {
      const scene = await sceneAt(server, { leakPolicy: 'quarantine' });
      const other = await startServer({ sharing: server, settings: { trustedProxies: ['127.0.0.0/8'] } });
      try {
        const ask = () =>
          other.request('POST', '/oauth/token', {
            basic: [scene.client.clientId, scene.client.secret],
            form: { grant_type: 'client_credentials' },
            headers: elsewhere,
          });
        assertIssued(await scene.ask(scene.client.secret, home));
        await flush();
        await key.reportOne(server, scene.client.secret);
        assertRefused(await ask(), 400, 'unauthorized_client');
      } finally {
        await other.close();
      }
    });

    it('is explained, and its refusals are reported', async () => {
      const scene = await sceneAt(server, { leakPolicy: 'quarantine' });
      await key.reportOne(server, scene.client.secret);
      await scene.ask(scene.client.secret, elsewhere);
      const api = nativeApi(server, scene.organization);
      const { body } = await api('POST', `/clients/${scene.client.clientId}/explain`, {
        json: { address: '198.51.100.7' },
      });
      assert.deepEqual([body.refusedBy, body.error], ['quarantine', 'unauthorized_client']);
      const metrics = (await server.request('GET', '/metrics')).text;
      assert.match(metrics, /network_refusals_total\{level="quarantine",mode="enforce"\} \d/);
      assert.match(metrics, /leaked_credentials_total\{source="github",action="quarantine"\} \d/);
      assert.match(metrics, /leaked_credentials_total\{source="github",action="repeated"\} \d/);
    });
  });
});
