import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertError, isActive } from './support/native-api.js';

let server: TestServer;
let organization: TestOrganization;
let token: string;

beforeEach(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  token = await server.operatorToken();
});
afterEach(() => server.close());

interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly state: string;
}

const keys = (method: string, path = '', json?: object) =>
  server.request(method, `/oauth/signing-keys${path}`, { token, ...(json && { json }) });
const announce = async (alg = 'ES256') => (await keys('POST', '', { alg })).body as Key;
const published = async (): Promise<string[]> =>
  (await server.request('GET', '/.well-known/jwks.json')).body.keys.map(({ kid }: Key) => kid);
const kidOf = (jwt: string): string =>
  JSON.parse(Buffer.from(jwt.split('.')[0] as string, 'base64url').toString()).kid;
/** The operator's token ends while the clock is moved. */
const advance = async (seconds: number) => {
  server.advanceClock(seconds);
  token = await server.token(server.operator);
};

describe('/oauth/signing-keys', () => {
  it('403: is for operators alone', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['POST', ''],
      ['POST', '/x/activate'],
      ['POST', '/x/retire'],
    ] as const) {
      const answer = await server.request(method, `/oauth/signing-keys${path}`, {
        token: organization.token,
      });
      assertError(answer, 403, /entitle/);
    }
  });

  it('200: lists one active key per algorithm, and nothing private', async () => {
    const { status, body, text } = await keys('GET');
    assert.equal(status, 200);
    assert.deepEqual(body.map(({ alg }: Key) => alg).sort(), ['ES256', 'EdDSA', 'PS256', 'RS256']);
    assert.ok(body.every(({ state }: Key) => state === 'active'));
    assert.doesNotMatch(text, /sealed|private|"d"|jwk/i);
  });

  it('announces, activates and retires a key without a gap', async () => {
    const old = kidOf(await server.token(organization.admin));
    const created = await keys('POST', '', { alg: 'ES256' });
    assert.equal(created.status, 201);
    const { kid, state } = created.body as Key;
    assert.equal(state, 'pending');
    assert.ok((await published()).includes(kid), 'published before it signs');
    assert.equal(kidOf(await server.token(organization.admin)), old);
    assertError(await keys('POST', `/${kid}/activate`), 409, /announced too recently; .* in \d+ s/);

    await advance(301);
    const before = await server.token(organization.admin);
    const activated = await keys('POST', `/${kid}/activate`);
    assert.deepEqual([activated.status, activated.body.state], [200, 'active']);
    assert.equal(kidOf(await server.token(organization.admin)), kid);
    assert.equal(await isActive(server, organization.admin, before), true);
    assertError(await keys('POST', `/${old}/retire`), 409, /may live until/);
    assert.ok((await published()).includes(old));

    const { retirableAt } = (await keys('GET')).body.find((key: Key) => key.kid === old);
    const seconds = (Date.parse(retirableAt) - Date.parse(activated.body.activatedAt)) / 1000;
    assert.ok(seconds >= server.settings.maxAccessTokenTtlSeconds, `${seconds}`);
    await advance(seconds + 1);
    const retired = await keys('POST', `/${old}/retire`);
    assert.deepEqual([retired.status, retired.body.state], [200, 'retired']);
    assert.equal((await published()).includes(old), false);
    const states = (await keys('GET')).body.filter(({ alg }: Key) => alg === 'ES256');
    assert.deepEqual(
      states.map((key: Key) => key.state),
      ['retired', 'active'],
    );
  });

  it('keeps a key for the longest tokens that it may have signed, though lives are shorter by then', async () => {
    const longSeconds = server.settings.maxAccessTokenTtlSeconds;
    const shorter = await startServer({ sharing: server, settings: { maxAccessTokenTtlSeconds: 600 } });
    try {
      const old = kidOf(await server.token(organization.admin));
      const { kid } = await announce();
      await advance(301);
      shorter.advanceClock(301);
      const activated = await shorter.request('POST', `/oauth/signing-keys/${kid}/activate`, { token });
      assert.equal(activated.status, 200, activated.text);
      const { retirableAt } = (await keys('GET')).body.find((key: Key) => key.kid === old);
      assert.ok(Date.parse(retirableAt) - Date.parse(activated.body.activatedAt) >= longSeconds * 1000);
    } finally {
      await shorter.close();
    }
  });

  it('signs with the announced key on every instance', async () => {
    const other = await startServer({ sharing: server });
    try {
      const { kid } = await announce();
      await advance(301);
      assert.equal((await keys('POST', `/${kid}/activate`)).status, 200);
      const end = Date.now() + 1000;
      while (Date.now() < end && kidOf(await other.token(organization.admin)) !== kid) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const elsewhere = await other.token(organization.admin);
      assert.equal(kidOf(elsewhere), kid);
      assert.equal(await isActive(server, organization.admin, elsewhere), true);
    } finally {
      await other.close();
    }
  });

  it('200: an announced key that never signed may be given up', async () => {
    const { kid } = await announce('RS256');
    assert.equal((await keys('POST', `/${kid}/retire`)).body.state, 'retired');
    assert.equal((await published()).includes(kid), false);
  });

  it('400, 404, 409: refuses what is none, unknown, or in another state', async () => {
    assertError(await keys('POST', '', { alg: 'HS256' }), 400, /alg: must be one of ES256/);
    assertError(await keys('POST', '', {}), 400, /alg: is required/);
    assertError(await keys('POST', '', { alg: 'ES256', d: 'x' }), 400, /d: is not a known field/);
    assertError(await keys('POST', '/nonsense/activate'), 404, /signing key does not exist/);
    const [active] = (await keys('GET')).body;
    assertError(await keys('POST', `/${active.kid}/activate`), 409, /active; it must be pending/);
    assertError(await keys('POST', `/${active.kid}/retire`), 409, /active; it must be retiring/);
  });

  it('409: of ten simultaneous activations one wins', async () => {
    const { kid } = await announce();
    await advance(301);
    const answers = await Promise.all(Array.from({ length: 10 }, () => keys('POST', `/${kid}/activate`)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(409)]);
  });
});
