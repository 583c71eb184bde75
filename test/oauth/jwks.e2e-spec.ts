import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { Principal } from '#libs/access';
import { SigningKeys } from '#libs/keys';
import { proxyDatabaseOf } from '../support/database-proxy.js';
import type { RequestOptions } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';

const path = '/.well-known/jwks.json';
const operator = Principal.system('test');
/** What a public key of each type may consist of, and nothing else (RFC 7518 §6, RFC 8037 §2). */
const publicMembers: Record<string, string[]> = {
  EC: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
  RSA: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
  OKP: ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
};

async function keysOf(server: TestServer): Promise<JWK[]> {
  const answer = await server.request('GET', path);
  assert.equal(answer.status, 200);
  return answer.body.keys;
}

describe('GET /.well-known/jwks.json', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { signingKeyAnnounceSeconds: 0 } });
  });
  after(() => server.close());

  const get = (headers: Record<string, string> = {}, options: RequestOptions = {}) =>
    server.request('GET', path, { headers, ...options });

  it('answers a JWK Set that may be cached for a while (P-095)', async () => {
    const { headers, body } = await get();
    assert.match(headers.get('content-type') ?? '', /^application\/(json|jwk-set\+json)/);
    assert.match(headers.get('cache-control') ?? '', /max-age=[1-9]/);
    assert.match(headers.get('etag') ?? '', /^"[^"]+"$/);
    assert.deepEqual(Object.keys(body), ['keys']);
  });

  it('answers 304 without a body to whoever has the set already (P-095)', async () => {
    const etag = (await get()).headers.get('etag') as string;
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await get({ 'if-none-match': known });
      assert.equal(answer.status, 304, known);
      assert.equal(answer.text, '');
      assert.equal(answer.headers.get('etag'), etag);
    }
    for (const known of ['"other"', etag.slice(0, -2)])
      assert.equal((await get({ 'if-none-match': known })).status, 200, known);
  });

  it('answers HEAD like GET but without the body, and no other method (P-095)', async () => {
    const [head, whole] = [await server.request('HEAD', path), await get()];
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    for (const name of ['etag', 'cache-control', 'content-type'])
      assert.equal(head.headers.get(name), whole.headers.get(name), name);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await server.request(method, path, { json: {} });
      assert.equal(answer.status, 405, method);
      assert.match(answer.headers.get('allow') ?? '', /\bGET\b/);
    }
  });

  it('has keys for signatures of the agreed strength, each named by its thumbprint (P-093)', async () => {
    const keys = await keysOf(server);
    assert.deepEqual(keys.map(({ alg }) => alg).sort(), ['ES256', 'EdDSA', 'PS256', 'RS256']);
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length);
    for (const key of keys) {
      assert.equal(key.use, 'sig');
      assert.equal(key.kid, await calculateJwkThumbprint(key));
      const { asymmetricKeyDetails } = createPublicKey({ key, format: 'jwk' });
      if (key.kty === 'RSA') assert.ok((asymmetricKeyDetails?.modulusLength ?? 0) >= 2048);
      else assert.ok(['P-256', 'Ed25519'].includes(key.crv ?? ''));
    }
  });

  it('has public members only, before and after a rotation of each key (P-092)', async () => {
    const service = server.app.get(SigningKeys, { strict: false });
    for (const alg of ['ES256', 'RS256', 'PS256', 'EdDSA']) {
      const { kid } = await service.announce(operator, alg);
      await service.activate(operator, kid);
    }
    const keys = await keysOf(server);
    assert.equal(keys.length, 8);
    for (const key of keys) assert.deepEqual(Object.keys(key).sort(), publicMembers[key.kty ?? '']);
  });

  it('changes its ETag when a key changes (P-095)', async () => {
    const etag = (await get()).headers.get('etag') as string;
    await server.app.get(SigningKeys, { strict: false }).announce(operator, 'ES256');
    const answer = await get({ 'if-none-match': etag });
    assert.equal(answer.status, 200);
    assert.notEqual(answer.headers.get('etag'), etag);
  });

  it('never gives the kid of one key to another, also after it is retired (P-093)', async () => {
    const [row] = await server.database.query(
      `select kid from signing_key where alg = 'ES256' and state = 'retiring'`,
    );
    await server.database.query(`update signing_key set state = 'retired' where kid = $1`, [row?.['kid']]);
    await assert.rejects(
      server.database.query(
        `insert into signing_key select kid, alg, 'pending', public_jwk, sealed_private_key, now(), now()
         from signing_key where kid = $1`,
        [row?.['kid']],
      ),
      /signing_key_pkey/,
    );
  });
});

describe('the keys and the metadata while the database is away', () => {
  it('are answered from memory, beyond any grace (P-096)', async () => {
    const owner = await startServer();
    const proxy = await proxyDatabaseOf(owner);
    const server = await startServer({
      sharing: proxy.behind,
      settings: { databaseOutageGraceSeconds: 0 },
    });
    try {
      proxy.cut();
      const refused = await server.request('POST', '/oauth/token', {
        basic: [owner.operator.clientId, owner.operator.secret],
        form: { grant_type: 'client_credentials' },
      });
      assert.equal(refused.status, 503, 'the database must be away for the rest to mean anything');
      assert.equal((await keysOf(server)).length, 4);
      const head = await server.request('HEAD', path);
      assert.equal(head.status, 200);
      for (const document of ['oauth-authorization-server', 'openid-configuration'])
        assert.equal((await server.request('GET', `/.well-known/${document}`)).status, 200);
    } finally {
      await server.close();
      await proxy.close();
      await owner.close();
    }
  });
});
