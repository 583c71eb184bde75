import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertError, nativeApi } from '../customers/support/native-api.js';
import { eventually } from '../support/eventually.js';
import { clientBody } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertIssued, assertRefused } from '../support/token-requests.js';
import { type Scene, sceneAt } from './support/scene.js';

const inside = { 'x-forwarded-for': '192.0.2.7' };
const outside = { 'x-forwarded-for': '198.51.100.7' };
const list = { mode: 'enforce', networks: ['192.0.2.0/24'] };

describe('the allowed networks of an organization, a client and a credential', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { trustedProxies: ['127.0.0.0/8'] } });
  });
  after(() => server.close());

  const setOf = async (scene: Scene, changes: object) => {
    const answer = await nativeApi(server, scene.organization)('PUT', `/clients/${scene.client.clientId}`, {
      json: clientBody({ clientId: scene.client.clientId, ...changes }),
    });
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };
  const setOfOrganization = async ({ organization }: Scene, allowedNetworks: object) => {
    const answer = await server.request('PUT', `/oauth/customers/${organization.customerId}`, {
      token: await server.operatorToken(),
      json: { settings: { allowedNetworks } },
    });
    assert.equal(answer.status, 200, answer.text);
    return answer.body.settings.allowedNetworks;
  };
  const reportOf = async ({ organization, client }: Scene) => {
    const answer = await nativeApi(server, organization)('GET', `/clients/${client.clientId}/network-report`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };

  const reportWith = (scene: Scene, figure: 'refused' | 'wouldRefuse', count: number) =>
    eventually(5_000, async () => {
      const report = await reportOf(scene);
      assert.equal(report[figure], count);
      return report;
    });

  it('of a client let it in from there alone, once its secret is right', async () => {
    const scene = await sceneAt(server);
    assert.deepEqual((await setOf(scene, { allowedNetworks: list })).allowedNetworks, list);
    assertIssued(await scene.ask(scene.client.secret, inside));
    const refused = await scene.ask(scene.client.secret, outside);
    assertRefused(refused, 400, 'unauthorized_client');
    assert.match(refused.body.error_description, /allowed networks of the client/);
    assertRefused(await scene.ask('a wrong secret', outside), 401, 'invalid_client');
    assertRefused(await scene.ask('a wrong secret', inside), 401, 'invalid_client');
  });

  it('say nothing to somebody who guesses, whether he is in them or not', async () => {
    const scene = await sceneAt(server);
    await setOf(scene, { allowedNetworks: list });
    const answers = [await scene.ask('wrong secret', outside), await scene.ask('wrong secret', inside)];
    assert.equal(answers[0]?.text, answers[1]?.text);
  });

  it('of a credential bind that one alone, and go on to the one that takes its place', async () => {
    const scene = await sceneAt(server);
    const { clientSecret, credentialId } = await scene.succeed('POST', '', { allowedNetworks: list });
    assertRefused(await scene.ask(clientSecret, outside), 400, 'unauthorized_client');
    assertIssued(await scene.ask(scene.client.secret, outside));
    const rotated = await scene.succeed('POST', `/${credentialId}/rotate`);
    assert.deepEqual(rotated.allowedNetworks, list);
    assertRefused(await scene.ask(rotated.clientSecret, outside), 400, 'unauthorized_client');
    assertIssued(await scene.ask(rotated.clientSecret, inside));
    await scene.succeed('PATCH', `/${rotated.credentialId}`, { allowedNetworks: null });
    assertIssued(await scene.ask(rotated.clientSecret, outside));
  });

  it('of an organization bind all its clients, and all levels must allow', async () => {
    const scene = await sceneAt(server);
    await setOfOrganization(scene, { networks: ['192.0.2.0/24', '203.0.113.0/24'] });
    assertRefused(await scene.ask(scene.client.secret, outside), 400, 'unauthorized_client');
    await setOf(scene, { allowedNetworks: { networks: ['192.0.2.0/25', '198.51.100.0/24'] } });
    assertIssued(await scene.ask(scene.client.secret, inside));
    for (const address of ['198.51.100.7', '203.0.113.1', '192.0.2.200', 'nonsense', '2001:db8::1'])
      assertRefused(
        await scene.ask(scene.client.secret, { 'x-forwarded-for': address }),
        400,
        'unauthorized_client',
      );
    assertIssued(await scene.ask(scene.client.secret, { 'x-forwarded-for': '::ffff:192.0.2.9' }));
  });

  it('hold wherever a client proves itself by its secret', async () => {
    const scene = await sceneAt(server);
    const token = assertIssued(await scene.ask(scene.client.secret, inside));
    await setOf(scene, { allowedNetworks: list });
    const basic = [scene.client.clientId, scene.client.secret] as const;
    for (const path of ['/oauth/introspect', '/oauth/checkToken', '/oauth/revoke']) {
      const answer = await server.request('POST', path, { basic, form: { token }, headers: outside });
      assert.deepEqual([answer.status, answer.body.error], [400, 'unauthorized_client'], path);
      assert.equal(
        (await server.request('POST', path, { basic, form: { token }, headers: inside })).status,
        200,
      );
    }
  });

  it('are no way in for who writes the header himself', async () => {
    const plain = await startServer({ sharing: server });
    try {
      const scene = await sceneAt(plain, { allowedNetworks: { networks: ['127.0.0.1'] } });
      await nativeApi(plain, scene.organization)('PUT', `/clients/${scene.client.clientId}`, {
        json: clientBody({ clientId: scene.client.clientId, allowedNetworks: list }),
      });
      assertRefused(await scene.ask(scene.client.secret, inside), 400, 'unauthorized_client');
    } finally {
      await plain.close();
    }
  });

  it('stay with a client that is replaced without them, and go with null', async () => {
    const scene = await sceneAt(server);
    await setOf(scene, { allowedNetworks: list });
    assert.deepEqual((await setOf(scene, { clientName: 'x' })).allowedNetworks, list);
    assertRefused(await scene.ask(scene.client.secret, outside), 400, 'unauthorized_client');
    assert.equal((await setOf(scene, { allowedNetworks: null })).allowedNetworks, undefined);
    assertIssued(await scene.ask(scene.client.secret, outside));
  });

  describe('in shadow mode', () => {
    it('let everybody in, and report whom they would have refused', async () => {
      const scene = await sceneAt(server);
      await setOf(scene, { allowedNetworks: { ...list, mode: 'shadow' } });
      for (const headers of [outside, inside, outside])
        assertIssued(await scene.ask(scene.client.secret, headers));
      const report = await reportWith(scene, 'wouldRefuse', 2);
      const { firstSeenAt, lastSeenAt, ...entry } = report.entries[0];
      assert.deepEqual(
        { ...report, entries: [entry] },
        {
          refused: 0,
          wouldRefuse: 2,
          entries: [
            {
              credentialId: scene.firstId,
              level: 'client',
              mode: 'shadow',
              address: '198.51.100.7',
              count: 2,
            },
          ],
        },
      );
      assert.ok(firstSeenAt <= lastSeenAt);
      assert.equal(report.entries.length, 1);
      assert.deepEqual(
        (await scene.auditOf(scene.firstId)).filter((action) => action.includes('network')),
        ['credential.network_would_refuse'],
      );
    });
  });

  it('report whom they refused, in figures, in the audit log once, and not as a use', async () => {
    const scene = await sceneAt(server);
    await setOfOrganization(scene, { networks: ['192.0.2.0/24'] });
    for (let round = 0; round < 3; round++) await scene.ask(scene.client.secret, outside);
    const report = await reportWith(scene, 'refused', 3);
    assert.equal(report.entries[0].level, 'organization');
    await scene.ask(scene.client.secret, outside);
    await reportWith(scene, 'refused', 4);
    const audited = await scene.auditOf(scene.firstId);
    assert.equal(audited.filter((action) => action === 'credential.network_refused').length, 1);
    assert.equal((await scene.api('GET', `/${scene.firstId}`)).body.lastUsedAt, null);
    const metrics = (await server.request('GET', '/metrics')).text;
    assert.match(metrics, /network_refusals_total\{level="organization",mode="enforce"\} \d/);
  });

  it('name a hundred addresses of a credential at most, and count the rest', async () => {
    const scene = await sceneAt(server, { allowedNetworks: { mode: 'shadow', networks: ['192.0.2.0/24'] } });
    for (let host = 0; host < 110; host++)
      await scene.ask(scene.client.secret, { 'x-forwarded-for': `198.51.100.${host}` });
    const report = await reportWith(scene, 'wouldRefuse', 110);
    const named = report.entries.filter(({ address }: { address: string | null }) => address !== null);
    assert.ok(named.length <= 100, `${named.length}`);
  });

  describe('400', () => {
    it('for whatever is no network, too many of them, or none', async () => {
      const scene = await sceneAt(server);
      const wrong = ['10.0.0.1/8', 'localhost', '10.0.0.0/33', '::ffff:10.0.0.1/104', ''];
      for (const network of wrong) {
        const answer = await scene.api('POST', '', { json: { allowedNetworks: { networks: [network] } } });
        assertError(answer, 400, /allowedNetworks\.networks\[0\]/);
      }
      const many = Array.from({ length: 65 }, (_, index) => `10.0.${index}.0/24`);
      for (const networks of [many, [], ['10.0.0.0/8', '10.0.0.0/8']])
        assertError(
          await scene.api('POST', '', { json: { allowedNetworks: { networks } } }),
          400,
          /networks/,
        );
      assertError(
        await scene.api('POST', '', { json: { allowedNetworks: { mode: 'off', networks: ['::1'] } } }),
        400,
        /mode/,
      );
      const most = await scene.succeed('POST', '', { allowedNetworks: { networks: many.slice(0, 64) } });
      assert.equal(most.allowedNetworks.networks.length, 64);
    });
  });

  it('are answered in their one spelling', async () => {
    const scene = await sceneAt(server);
    const { allowedNetworks } = await scene.succeed('POST', '', {
      allowedNetworks: { networks: ['::ffff:10.0.0.0/104', '2001:DB8:0::/32', '192.0.2.7/32', '192.0.2.7'] },
    });
    assert.deepEqual(allowedNetworks, {
      mode: 'enforce',
      networks: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'],
    });
  });
});
