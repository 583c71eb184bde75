import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { generateSecret } from '#libs/credentials';
import { type Scene, sceneAt } from '../credentials/support/scene.js';
import { assertError, nativeApi } from '../customers/support/native-api.js';
import { eventually } from '../support/eventually.js';
import { createClient } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { testSettings } from '../support/settings.js';

/** Each report comes from an address of its own, but where a test is about the limits. */
let lastHost = 0;
const someone = () => ({ 'x-forwarded-for': `10.1.${(++lastHost >> 8) & 255}.${lastHost & 255}` });
const settings = { trustedProxies: ['127.0.0.0/8'] };

function report(server: TestServer, json: object, headers = someone()): Promise<Answer> {
  return server.request('POST', '/leaks', { json, headers });
}

function ended(scene: Scene, secret = scene.client.secret): Promise<void> {
  return eventually(5_000, async () => assert.equal(await scene.works(secret), false));
}

async function leaksOf(server: TestServer, { organization }: Scene) {
  return (await nativeApi(server, organization)('GET', '/leaks')).body;
}

describe('POST /leaks', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings });
  });
  after(() => server.close());

  it('202: finds the credential of a generated secret without its client, soon', async () => {
    const scene = await sceneAt(server, { leakPolicy: 'revoke' });
    const answer = await report(server, {
      secret: scene.client.secret,
      url: 'https://paste.example.com/1',
    });
    assert.deepEqual([answer.status, answer.body], [202, { status: 'accepted' }]);
    await ended(scene);
    const [leak] = await leaksOf(server, scene);
    assert.deepEqual(
      [leak.source, leak.url, leak.action],
      ['report', 'https://paste.example.com/1', 'revoke'],
    );
    const [event] = await server.database.query<{
      actor: string;
      address: string;
      details: { leakId: string };
    }>(
      `select actor, address, details from audit_event where target_id = $1 and action = 'credential.leaked'`,
      [scene.firstId],
    );
    assert.equal(event?.actor, 'leak report');
    assert.match(event.address, /^10\.1\./);
    assert.equal(event.details.leakId, leak.leakId);
  });

  it('202: finds a secret that somebody chose by its client alone', async () => {
    const { organization } = await sceneAt(server, { leakPolicy: 'revoke' });
    const clientSecret = 'chosen by a person';
    const chosen = await createClient(server, organization.customerId, organization.token, { clientSecret });
    const works = async () =>
      (
        await server.request('POST', '/oauth/token', {
          basic: [chosen.clientId, clientSecret],
          form: { grant_type: 'client_credentials' },
        })
      ).status === 200;
    const marker = await sceneAt(server, { leakPolicy: 'revoke' });
    await report(server, { secret: clientSecret });
    await report(server, { secret: 'a wrong guess', clientId: chosen.clientId });
    await report(server, { secret: marker.client.secret });
    await ended(marker);
    assert.equal(await works(), true);
    await report(server, { secret: clientSecret, clientId: chosen.clientId });
    await eventually(5_000, async () => assert.equal(await works(), false));
  });

  it('202: answers byte by byte the same for live, revoked and unknown secrets', async () => {
    const scene = await sceneAt(server);
    const revoked = await scene.succeed('POST', '');
    await scene.succeed('POST', `/${revoked.credentialId}/revoke`);
    const { clientId, secret } = scene.client;
    const reports = [
      { secret },
      { secret, clientId },
      { secret: revoked.clientSecret },
      { secret: generateSecret() },
      { secret: generateSecret(), clientId },
      { secret: generateSecret(), clientId: 'nobody' },
      { secret: `${secret.slice(0, -1)}!` },
      { secret: 'x' },
    ];
    const answers = new Set<string>();
    for (const body of reports) {
      const { status, headers, text } = await report(server, body);
      const { 'x-request-id': id, date: _, ...rest } = Object.fromEntries(headers);
      assert.match(id as string, /^[0-9a-f]{32}$/);
      answers.add(JSON.stringify([status, rest, text]));
    }
    assert.equal(answers.size, 1, [...answers].join('\n'));
    await eventually(5_000, async () => assert.equal((await leaksOf(server, scene)).length, 2));
  });

  it('202: finds a secret under whichever pepper it is stored', async () => {
    const scene = await sceneAt(server, { leakPolicy: 'revoke' });
    const [pepper] = testSettings().secretPeppers as [Buffer];
    const secretPeppers = [Buffer.alloc(32, 'a later pepper'), pepper];
    const later = await startServer({ sharing: server, settings: { ...settings, secretPeppers } });
    try {
      await report(later, { secret: scene.client.secret });
      await ended(scene);
    } finally {
      await later.close();
    }
  });

  it('202: finds one from before there was such a thing, once it was used', async () => {
    const scene = await sceneAt(server, { leakPolicy: 'revoke' });
    const lookupOf = async () => {
      const [row] = await server.database.query<{ lookup: string | null }>(
        `select encode(lookup_hash, 'hex') as lookup from credential where id = $1`,
        [scene.firstId],
      );
      return row?.lookup;
    };
    const lookup = await lookupOf();
    assert.ok(lookup);
    await server.database.query('update credential set lookup_hash = null where id = $1', [scene.firstId]);
    await Promise.all(Array.from({ length: 10 }, () => scene.works(scene.client.secret)));
    await eventually(5_000, async () => assert.equal(await lookupOf(), lookup));
    assert.deepEqual((await scene.auditOf(scene.firstId)).slice(1), ['credential.rehashed']);
    await report(server, { secret: scene.client.secret });
    await ended(scene);
  });

  it('202: believes no lookup hash that was written into another row', async () => {
    const [one, other] = [await sceneAt(server), await sceneAt(server, { leakPolicy: 'revoke' })];
    await server.database.query(
      'update credential set lookup_hash = (select lookup_hash from credential where id = $2) where id = $1',
      [other.firstId, one.firstId],
    );
    const later = await sceneAt(server, { leakPolicy: 'revoke' });
    for (const { client } of [one, later]) await report(server, { secret: client.secret });
    await ended(later);
    assert.equal((await leaksOf(server, one)).length, 1);
    assert.equal(await other.works(other.client.secret), true);
  });

  it('202: what was taken is done before the server ends', async () => {
    const scene = await sceneAt(server, { leakPolicy: 'revoke' });
    const other = await startServer({ sharing: server, settings });
    assert.equal((await report(other, { secret: scene.client.secret })).status, 202);
    await other.close();
    await ended(scene);
  });

  describe('400', () => {
    it('for what is no report, without saying the secret back', async () => {
      const secret = generateSecret();
      const wrong: [object, RegExp][] = [
        [{}, /secret: is required/],
        [{ secret: 5 }, /secret: must be a string/],
        [{ secret: '' }, /secret: must have/],
        [{ secret: 'x'.repeat(1_025) }, /secret: must have/],
        [{ secret, url: 'javascript:alert(1)' }, /url: must be an http or https URL/],
        [{ secret, url: secret }, /url: must be an http or https URL/],
        [{ secret, clientId: '' }, /clientId: must have/],
        [{ secret, more: 1 }, /more: is not a known field/],
        [[{ secret }], /must be a JSON object/],
      ];
      for (const [body, message] of wrong) {
        const answer = await report(server, body);
        assertError(answer, 400, message);
        assert.ok(!answer.text.includes(secret));
      }
    });
  });
});

describe('POST /leaks, too often', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings });
  });
  after(() => server.close());

  const assertTooMany = (answer: Answer) => {
    assertError(answer, 429, /Too many reports/);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
  };

  it('429 from one address, of IPv6 from one network, and from others it goes on', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address });
    for (let round = 0; round < 20; round++)
      assert.equal((await report(server, { secret: 'x' }, from('192.0.2.1'))).status, 202);
    assertTooMany(await report(server, { secret: 'x' }, from('192.0.2.1')));
    assert.equal((await report(server, { secret: 'x' }, from('192.0.2.2'))).status, 202);
    for (let round = 0; round < 20; round++)
      assert.equal((await report(server, { secret: 'x' }, from(`2001:db8::${round}`))).status, 202);
    assertTooMany(await report(server, { secret: 'x' }, from('2001:db8::99')));
  });

  it('429 of one client, whether there is such a one or not', async () => {
    const scene = await sceneAt(server);
    const texts = new Set<string>();
    for (const clientId of [scene.client.clientId, 'nobody']) {
      for (let round = 0; round < 10; round++)
        assert.equal((await report(server, { secret: 'x', clientId })).status, 202);
      const answer = await report(server, { secret: 'x', clientId });
      assertTooMany(answer);
      texts.add(answer.text);
    }
    assert.equal(texts.size, 1);
  });

  it('429 from everybody together', async () => {
    let taken = 0;
    for (let round = 0; round < 310; round++)
      if ((await report(server, { secret: 'x' })).status === 202) taken++;
    assert.ok(taken > 100 && taken < 300, `${taken}`);
    assertTooMany(await report(server, { secret: 'x' }));
  });
});

describe('GET …/leaks', () => {
  it('200: pages, the oldest first, and shows nobody else’s', async () => {
    const server = await startServer({ settings });
    try {
      const [own, foreign] = [await sceneAt(server), await sceneAt(server)];
      const path = (place: number) => `https://example.com/${place}`;
      for (let place = 0; place < 3; place++)
        await report(server, { secret: own.client.secret, url: path(place) });
      await report(server, { secret: foreign.client.secret, url: path(9) });
      const api = nativeApi(server, own.organization);
      await eventually(5_000, async () => {
        assert.equal((await leaksOf(server, foreign)).length, 1);
        assert.equal((await leaksOf(server, own)).length, 3);
      });
      const first = await api('GET', '/leaks?limit=2');
      const urls = first.body.map(({ url }: { url: string }) => url);
      const [, next = ''] = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '') ?? [];
      const rest = await server.request('GET', next, { token: own.organization.token });
      urls.push(...rest.body.map(({ url }: { url: string }) => url));
      assert.deepEqual(urls.sort(), [path(0), path(1), path(2)]);
      assert.equal(rest.headers.get('link'), null);
      const strange = await api('GET', '/leaks', { token: foreign.organization.token });
      assert.equal(strange.status, 404);
    } finally {
      await server.close();
    }
  });
});
