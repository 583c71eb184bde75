import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  compactDecrypt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
} from 'jose';
import { askForToken, assertError, nativeApi } from '../customers/support/native-api.js';
import { clientBody, uniqueName } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { type Scene, sceneAt } from './support/scene.js';

interface Receiver {
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}

let server: TestServer;
let receiver: Receiver;
before(async () => {
  server = await startServer();
  receiver = await receiverOf('ECDH-ES+A256KW', { crv: 'X25519' });
});
after(() => server.close());

async function receiverOf(alg: string, options: object = {}): Promise<Receiver> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  return { jwk: await exportJWK(publicKey), privateKey };
}

async function opened(jwe: string, { privateKey }: Receiver): Promise<string> {
  return new TextDecoder().decode((await compactDecrypt(jwe, privateKey)).plaintext);
}

const deliver = (scene: Scene, jwk: object, more: object = {}) =>
  scene.api('POST', '', { json: { deliverTo: { jwk }, ...more } });

describe('deliverTo', () => {
  const kinds: [name: string, alg: string, options: object, more: JWK][] = [
    ['an RSA key', 'RSA-OAEP-256', {}, { use: 'enc', alg: 'RSA-OAEP-256' }],
    ['a P-256 key', 'ECDH-ES+A256KW', { crv: 'P-256' }, {}],
    ['a P-384 key', 'ECDH-ES+A256KW', { crv: 'P-384' }, { key_ops: ['deriveBits'] }],
    ['an X25519 key', 'ECDH-ES+A256KW', { crv: 'X25519' }, { kid: 'mine' }],
    ['a key for direct agreement', 'ECDH-ES', { crv: 'P-256' }, { alg: 'ECDH-ES' }],
  ];
  for (const [name, alg, options, more] of kinds) {
    it(`has the secret answered as a JWE that the owner of ${name} opens, and not in clear`, async () => {
      const scene = await sceneAt(server);
      const own = await receiverOf(alg, options);
      const answer = await deliver(scene, { ...own.jwk, ...more });
      assert.equal(answer.status, 201, answer.text);
      assert.equal('clientSecret' in answer.body, false);
      const header = decodeProtectedHeader(answer.body.clientSecretJwe);
      assert.deepEqual([header.alg, header.enc], [alg, 'A256GCM']);
      assert.equal(header.kid, more.kid ?? (await calculateJwkThumbprint(own.jwk)));
      const secret = await opened(answer.body.clientSecretJwe, own);
      assert.ok(!answer.text.includes(secret));
      assert.equal(answer.body.hint, `cls_…${secret.slice(-4)}`);
      assert.equal(await scene.works(secret), true);
    });
  }

  it('works for a rotation', async () => {
    const scene = await sceneAt(server);
    const { body, text } = await scene.api('POST', `/${scene.firstId}/rotate`, {
      json: { overlapSeconds: 60, deliverTo: { jwk: receiver.jwk } },
    });
    const secret = await opened(body.clientSecretJwe, receiver);
    assert.deepEqual(['clientSecret' in body, text.includes(secret)], [false, false]);
    assert.deepEqual([body.replaces, await scene.works(secret)], [scene.firstId, true]);
  });

  it('works for clients, for each element of an array by itself', async () => {
    const { organization } = await sceneAt(server);
    const other = await receiverOf('ECDH-ES+A256KW', { crv: 'P-256' });
    const json = [
      clientBody({ deliverTo: { jwk: receiver.jwk } }),
      clientBody(),
      clientBody({ deliverTo: { jwk: other.jwk } }),
    ];
    const { body } = await nativeApi(server, organization)('POST', '/clients', { json });
    assert.deepEqual(
      body.map((one: object) => ['clientSecret' in one, 'clientSecretJwe' in one, 'deliverTo' in one]),
      [
        [false, true, false],
        [true, false, false],
        [false, true, false],
      ],
    );
    await assert.rejects(opened(body[0].clientSecretJwe, other));
    for (const [index, own] of [[0, receiver] as const, [2, other] as const]) {
      const secret = await opened(body[index].clientSecretJwe, own);
      const { status } = await askForToken(server, { clientId: body[index].clientId, secret });
      assert.equal(status, 200);
    }
  });

  it('works for a single client too, whose replacement takes no such field', async () => {
    const { organization } = await sceneAt(server);
    const api = nativeApi(server, organization);
    const json = clientBody({ deliverTo: { jwk: receiver.jwk } });
    const created = await api('POST', '/clients', { json });
    assert.deepEqual(
      ['clientSecret' in created.body, 'clientSecretJwe' in created.body],
      [false, true],
      created.text,
    );
    const replaced = await api('PUT', `/clients/${created.body.clientId}`, { json });
    assertError(replaced, 400, /deliverTo: is not a known field/);
  });
});

describe('a repeated request with deliverTo', () => {
  it('is answered the same JWE, and after the window for secrets none; the database has none to read', async () => {
    const own = await startServer();
    try {
      const scene = await sceneAt(own);
      const options = {
        json: { deliverTo: { jwk: receiver.jwk } },
        headers: { 'Idempotency-Key': uniqueName('key') },
      };
      const first = await scene.api('POST', '', options);
      const again = await scene.api('POST', '', options);
      assert.equal(again.headers.get('idempotency-replayed'), 'true');
      assert.equal(again.text, first.text);
      const rows = await own.database.query('select t::text as row from idempotency_key t');
      assert.ok(!JSON.stringify(rows).includes(first.body.clientSecretJwe));
      own.advanceClock(601);
      const { body } = await scene.api('POST', '', options);
      const { clientSecretJwe: _, ...rest } = first.body;
      assert.deepEqual(body, rest);
    } finally {
      await own.close();
    }
  });

  it('422: is refused with another key', async () => {
    const scene = await sceneAt(server);
    const headers = { 'Idempotency-Key': uniqueName('key') };
    await scene.api('POST', '', { json: { deliverTo: { jwk: receiver.jwk } }, headers });
    const { jwk } = await receiverOf('ECDH-ES+A256KW', { crv: 'X25519' });
    assertError(
      await scene.api('POST', '', { json: { deliverTo: { jwk } }, headers }),
      422,
      /Idempotency-Key/,
    );
  });
});

describe('400: a key that is none to encrypt to', () => {
  const point = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) };
  const modulus = (bytes: number) => Buffer.alloc(bytes, 0xff).toString('base64url');
  const rsa = { kty: 'RSA', n: modulus(256), e: 'AQAB' };
  const wrong: [what: string, jwk: object, detail: RegExp][] = [
    ['a private key', { ...point, d: 'secret-part' }, /deliverTo\.jwk\.d: must be left out/],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }, /deliverTo\.jwk\.k: must be left out/],
    ['no type', {}, /deliverTo\.jwk\.kty: must be RSA, EC or OKP/],
    ['a type of another kind', { ...point, kty: ['EC'] }, /jwk\.kty: must be/],
    [
      'a curve that only signs',
      { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) },
      /jwk\.crv: must be X25519/,
    ],
    ['an unknown curve', { ...point, crv: 'secp256k1' }, /jwk\.crv: must be P-256 or P-384/],
    ['a use for signatures', { ...point, use: 'sig' }, /jwk\.use: must be enc/],
    ['operations of a signer', { ...point, key_ops: ['verify'] }, /jwk\.key_ops: must be an array with/],
    ['an algorithm with SHA-1', { ...rsa, alg: 'RSA-OAEP' }, /jwk\.alg: must be RSA-OAEP-256/],
    ['an algorithm of another key', { ...point, alg: 'RSA-OAEP-256' }, /jwk\.alg: must be ECDH-ES/],
    ['a short RSA key', { ...rsa, n: modulus(255) }, /jwk\.n: must have 2048 to 8192 bits/],
    ['a giant RSA key', { ...rsa, n: modulus(1_025) }, /jwk\.n: must have 2048 to 8192 bits/],
    [
      'an even modulus',
      { ...rsa, n: Buffer.alloc(256, 0xfe).toString('base64url') },
      /jwk\.n: must be the mod/,
    ],
    ['a small exponent', { ...rsa, e: 'Aw' }, /jwk\.e: must be AQAB/],
    ['padded Base64', { ...rsa, e: 'AQAB=' }, /jwk\.e: must be Base64url/],
    ['a missing coordinate', { kty: 'EC', crv: 'P-256', x: point.x }, /jwk\.y: must be Base64url/],
    ['a short coordinate', { ...point, x: 'AAAA' }, /jwk\.x: must have 32 bytes on the curve P-256/],
    ['a point that is not on the curve', point, /deliverTo\.jwk: must be a key that can be encrypted to/],
    ['a point of small order', { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) }, /jwk: must be a key that/],
    ['a kid with a line break', { ...point, kid: 'a\nb' }, /jwk\.kid: must be 1 to 255 printable/],
  ];
  let scene: Scene;
  before(async () => {
    scene = await sceneAt(server);
  });

  for (const [what, jwk, detail] of wrong) {
    it(`${what}, and nothing is made`, async () => {
      const answer = await deliver(scene, jwk);
      assertError(answer, 400, detail);
      assert.doesNotMatch(answer.text, /secret-part|c2VjcmV0/);
      assert.equal((await scene.api('GET')).body.length, 1);
    });
  }

  it('no key at all, or something that is no object', async () => {
    for (const deliverTo of [{}, { jwk: null }, { jwk: 'x' }, { jwk: [] }, 'x', [], { jwk: {}, url: 'x' }]) {
      assertError(await scene.api('POST', '', { json: { deliverTo } }), 400, /deliverTo/);
    }
  });

  it('in an array names its element, and creates none of them', async () => {
    const json = [clientBody(), clientBody({ deliverTo: { jwk: { ...point, d: 'x' } } })];
    const api = nativeApi(server, scene.organization);
    assertError(await api('POST', '/clients', { json }), 400, /\[1\]\.deliverTo\.jwk\.d: must be left out/);
    assert.equal((await api('GET', `/clients/${json[0]?.['clientId']}`)).status, 404);
  });

  it('a chosen secret, which came in clear, is not delivered sealed', async () => {
    const answer = await deliver(scene, receiver.jwk, { clientSecret: 'a-secret-of-my-own' });
    assertError(answer, 400, /clientSecret: must be left out with deliverTo/);
  });
});
