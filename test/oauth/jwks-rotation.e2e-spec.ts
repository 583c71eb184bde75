import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Principal } from '#libs/access';
import { SigningKeys } from '#libs/keys';
import { eventually } from '../support/eventually.js';
import { decodeToken } from '../support/forged-token.js';
import { startServer, type TestServer } from '../support/server.js';

const operator = Principal.system('test');
const announceSeconds = 1;
const maxAccessTokenTtlSeconds = 3600;
const outageGraceSeconds = 60;

describe('the JWKS of two instances during a rotation', () => {
  let one: TestServer;
  let other: TestServer;
  before(async () => {
    const settings = {
      signingKeyAnnounceSeconds: announceSeconds,
      maxAccessTokenTtlSeconds,
      databaseOutageGraceSeconds: outageGraceSeconds,
    };
    one = await startServer({ settings });
    other = await startServer({ settings, sharing: one });
  });
  after(async () => {
    await other.close();
    await one.close();
  });

  const keysOf = (server: TestServer) => server.app.get(SigningKeys, { strict: false });
  const published = async (server: TestServer): Promise<string[]> =>
    (await server.request('GET', '/.well-known/jwks.json')).body.keys.map((key: { kid: string }) => key.kid);
  const kidOf = (token: string) => decodeToken(token).header['kid'] as string;
  const isActive = async (server: TestServer, token: string): Promise<boolean> =>
    (
      await server.request('POST', '/oauth/introspect', {
        basic: [server.operator.clientId, server.operator.secret],
        form: { token },
      })
    ).body.active;

  it('never lack the key of a token, and accept it on both (P-094)', async () => {
    const stop = new AbortController();
    const seen = new Set<string>();
    const watching = (async () => {
      while (!stop.signal.aborted) {
        for (const [issuing, reading] of [
          [one, other],
          [other, one],
        ] as const) {
          const token = await issuing.token(issuing.operator);
          seen.add(kidOf(token));
          for (const server of [one, other]) assert.ok((await published(server)).includes(kidOf(token)));
          assert.equal(await isActive(reading, token), true);
        }
      }
    })();
    try {
      const { kid } = await keysOf(one).announce(operator, 'ES256');
      await eventually(1_000, async () => assert.ok((await published(other)).includes(kid)));
      await assert.rejects(keysOf(other).activate(operator, kid), { code: 'key_too_young' });
      await wait(announceSeconds * 1000);
      await keysOf(other).activate(operator, kid);
      await eventually(1_000, async () => assert.equal(kidOf(await one.token(one.operator)), kid));
      await wait(200);
    } finally {
      stop.abort();
    }
    await watching;
    assert.equal(seen.size, 2, 'tokens of both keys were watched');
  });

  it('is cached for no longer than a key is announced (P-094)', async () => {
    const { headers } = await one.request('GET', '/.well-known/jwks.json');
    const maxAge = Number(/max-age=(\d+)/.exec(headers.get('cache-control') ?? '')?.[1]);
    assert.ok(maxAge > 0 && maxAge <= announceSeconds);
  });

  it('keep the old key until the last token of it has ended, also one of an instance that was cut off (P-094)', async () => {
    const [old] = (await keysOf(one).list(operator)).filter((key) => key.state === 'retiring');
    assert.ok(old?.retirableAt);
    const longest = (maxAccessTokenTtlSeconds + outageGraceSeconds) * 1000;
    const [current] = (await keysOf(one).list(operator)).filter(
      (key) => key.alg === 'ES256' && key.state === 'active',
    );
    assert.ok(old.retirableAt.getTime() >= (current?.activatedAt?.getTime() ?? Number.NaN) + longest);
    await assert.rejects(keysOf(one).retire(operator, old.kid), { code: 'key_in_use' });
    one.advanceClock(longest / 1000);
    await assert.rejects(keysOf(one).retire(operator, old.kid), { code: 'key_in_use' });
    for (const server of [one, other]) assert.ok((await published(server)).includes(old.kid));
    one.advanceClock((old.retirableAt.getTime() - Date.now()) / 1000);
    await keysOf(one).retire(operator, old.kid);
    assert.ok(!(await published(one)).includes(old.kid));
    await eventually(1_000, async () => assert.ok(!(await published(other)).includes(old.kid)));
  });
});
