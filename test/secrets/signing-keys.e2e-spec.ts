import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SealError, Sealer } from '#libs/common';
import { eventually } from '../support/eventually.js';
import { createOrganization } from '../support/fixtures.js';
import { decodeToken } from '../support/forged-token.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { testSettings } from '../support/settings.js';
import { reach } from './support/credentials-api.js';

const path = '/oauth/signing-keys';
const announceSeconds = 300;
const { maxAccessTokenTtlSeconds } = testSettings();

/** The operator's way to the signing keys of a server. */
function keysOf(server: TestServer) {
  const request = async (method: string, rest = '', json?: object): Promise<Answer> =>
    server.request(method, path + rest, {
      token: await server.token(server.operator),
      ...(json !== undefined && { json }),
    });
  return {
    list: async () => (await request('GET')).body as { kid: string; alg: string; state: string }[],
    announce: (alg: string) => request('POST', '', { alg }),
    activate: (kid: string) => request('POST', `/${kid}/activate`),
    retire: (kid: string) => request('POST', `/${kid}/retire`),
    stateOf: async (kid: string) =>
      ((await request('GET')).body as { kid: string; state: string }[]).find((key) => key.kid === kid)?.state,
    published: async () =>
      (await server.request('GET', '/.well-known/jwks.json')).body.keys.map(
        (key: { kid: string }) => key.kid,
      ),
    signing: async () => decodeToken(await server.token(server.operator)).header['kid'],
  };
}

describe('the life of a signing key', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { signingKeyAnnounceSeconds: announceSeconds } });
  });
  after(() => server.close());

  it('goes from pending to active to retiring to retired, each no sooner than is safe, and audited (S-33)', async () => {
    const keys = keysOf(server);
    const old = (await keys.signing()) as string;
    const announced = await keys.announce('ES256');
    assert.equal(announced.status, 201);
    const { kid } = announced.body;
    assert.equal(announced.body.state, 'pending');
    await eventually(1_000, async () => assert.ok((await keys.published()).includes(kid)));
    assert.equal(await keys.signing(), old, 'an announced key does not sign');

    reach(server, Date.parse(announced.body.activatableAt) - 900);
    assert.equal((await keys.activate(kid)).status, 409, 'caches may not know it yet');
    reach(server, announced.body.activatableAt);
    assert.equal((await keys.retire(old)).status, 409, 'an active key is needed');
    assert.equal((await keys.activate(kid)).status, 200);
    assert.deepEqual([await keys.stateOf(old), await keys.stateOf(kid)], ['retiring', 'active']);
    assert.equal(await keys.signing(), kid);
    assert.ok((await keys.published()).includes(old), 'its tokens are still alive');
    assert.equal((await keys.activate(kid)).status, 409);
    assert.equal((await keys.activate(old)).status, 409);

    server.advanceClock(maxAccessTokenTtlSeconds - 5);
    assert.equal((await keys.retire(old)).status, 409, 'tokens of it may be alive');
    server.advanceClock(200);
    assert.equal((await keys.retire(old)).status, 200);
    assert.equal(await keys.stateOf(old), 'retired');
    await eventually(1_000, async () => assert.ok(!(await keys.published()).includes(old)));
    assert.equal((await keys.activate(old)).status, 409);
    assert.equal((await keys.retire(old)).status, 409);

    const events = await server.database.query(
      `select action, target_id, actor from audit_event where target_type = 'signing_key' and actor = 'operator'
       order by sequence`,
    );
    assert.deepEqual(events, [
      { action: 'signing_key.announced', target_id: kid, actor: 'operator' },
      { action: 'signing_key.activated', target_id: kid, actor: 'operator' },
      { action: 'signing_key.retired', target_id: old, actor: 'operator' },
    ]);
  });

  it('may end before it signs (S-33)', async () => {
    const keys = keysOf(server);
    const { kid } = (await keys.announce('EdDSA')).body;
    assert.equal((await keys.retire(kid)).status, 200);
    await eventually(1_000, async () => assert.ok(!(await keys.published()).includes(kid)));
  });

  it('shows its private part to nobody, the operator included (S-32)', async () => {
    const keys = keysOf(server);
    const answers = [
      await server.request('GET', path, { token: await server.token(server.operator) }),
      await keys.announce('RS256'),
    ];
    for (const { text } of answers) {
      assert.doesNotMatch(text, /"(d|p|q|dp|dq|qi|k|oth)":|sealed|PRIVATE|v1\.[0-9a-f]{8}\./);
    }
  });

  it('is the business of operators alone (S-32)', async () => {
    const { token } = await createOrganization(server);
    for (const [method, rest] of [
      ['GET', ''],
      ['POST', ''],
      ['POST', '/x/activate'],
      ['POST', '/x/retire'],
    ] as const) {
      const answer = await server.request(method, path + rest, {
        token,
        ...(method === 'POST' && { json: { alg: 'ES256' } }),
      });
      assert.equal(answer.status, 403, method + rest);
    }
  });
});

describe('rotations at the same time on two instances', () => {
  it('leave exactly one active key for each algorithm at every moment (S-34)', async () => {
    const one = await startServer({ settings: { signingKeyAnnounceSeconds: 0 } });
    const other = await startServer({ sharing: one, settings: { signingKeyAnnounceSeconds: 0 } });
    const activeByAlg = () =>
      one.database.query<{ alg: string; active: number }>(
        `select alg, count(*) filter (where state = 'active')::int as active from signing_key group by alg`,
      );
    try {
      const announced = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          keysOf(index % 2 ? one : other).announce(index < 5 ? 'ES256' : 'EdDSA'),
        ),
      );
      let isOver = false;
      const watching = (async () => {
        while (!isOver)
          for (const { alg, active } of await activeByAlg()) assert.equal(active, 1, `${active} for ${alg}`);
      })();
      const activated = await Promise.all(
        announced.map(({ body }, index) => keysOf(index % 3 ? one : other).activate(body.kid)),
      );
      isOver = true;
      await watching;
      for (const { status, text } of activated) assert.equal(status, 200, text);
      assert.equal((await activeByAlg()).length, 4);
      await eventually(1_000, async () =>
        assert.equal(await keysOf(one).signing(), await keysOf(other).signing()),
      );
      await assert.rejects(
        one.database.query(`update signing_key set state = 'active' where state = 'retiring'`),
        /signing_key_one_active/,
      );
    } finally {
      await other.close();
      await one.close();
    }
  });

  it('give one key one activation (S-34)', async () => {
    const one = await startServer({ settings: { signingKeyAnnounceSeconds: 0 } });
    const other = await startServer({ sharing: one, settings: { signingKeyAnnounceSeconds: 0 } });
    try {
      const { kid } = (await keysOf(one).announce('ES256')).body;
      const answers = await Promise.all(
        [one, other, one, other].map((server) => keysOf(server).activate(kid)),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409, 409]);
    } finally {
      await other.close();
      await one.close();
    }
  });
});

describe('sealing', () => {
  const sealer = new Sealer(testSettings());

  it('binds a value to its purpose and its place (S-37, S-04)', () => {
    const sealed = sealer.seal('signing key', 'place', 'text');
    assert.equal(sealer.open('signing key', 'place', sealed).toString(), 'text');
    assert.throws(() => sealer.open('access token', 'place', sealed), SealError);
    assert.throws(() => sealer.open('signing key', 'another place', sealed), SealError);
  });

  it('refuses a flip of any bit of nonce, ciphertext and tag (S-05)', () => {
    const parts = sealer.seal('purpose', 'place', 'a text to protect').split('.');
    for (const part of [2, 3]) {
      const bytes = Buffer.from(parts[part] as string, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const copy = Buffer.from(bytes);
        copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
        const value = Object.assign([...parts], { [part]: copy.toString('base64url') }).join('.');
        assert.throws(() => sealer.open('purpose', 'place', value), SealError, `bit ${bit} of part ${part}`);
      }
    }
  });

  it('refuses every malformed value with an error of its own (S-05)', () => {
    const sealed = sealer.seal('purpose', 'place', 'text');
    const [version, id, nonce, text] = sealed.split('.') as [string, string, string, string];
    const altered = [
      '',
      '...',
      `v2.${id}.${nonce}.${text}`,
      `${version}.00000000.${nonce}.${text}`,
      `${version}.${id}..${text}`,
      `${version}.${id}.${nonce.slice(2)}.${text}`,
      `${version}.${id}.${nonce}.${text.slice(0, 10)}`,
      `${version}.${id}.${nonce}.`,
    ];
    for (const value of altered)
      assert.throws(() => sealer.open('purpose', 'place', value), SealError, value);
  });

  it('never uses a nonce twice, in 100,000 values, and never gives the same text twice (S-38)', () => {
    const nonces = new Set<string>();
    for (let i = 0; i < 100_000; i++) nonces.add(sealer.seal('purpose', 'place', 'text').split('.')[2] ?? '');
    assert.equal(nonces.size, 100_000);
    for (const nonce of [...nonces].slice(0, 100)) assert.equal(Buffer.from(nonce, 'base64url').length, 12);
  });
});
