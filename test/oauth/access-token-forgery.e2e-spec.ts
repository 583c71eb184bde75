import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import {
  type DecodedToken,
  decodeToken,
  type ServerKey,
  serverKey,
  signWith,
  toPart,
} from '../support/forged-token.js';
import { startServer, type TestServer } from '../support/server.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('the admin API and access tokens that are not what they seem', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let key: ServerKey;
  let good: DecodedToken;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    key = await serverKey(server);
    good = decodeToken(organization.token);
  });
  after(() => server.close());

  const ask = (token: string) =>
    server.request('GET', `/oauth/customers/${organization.customerId}`, { token });
  const assertRefused = async (token: string, what?: string) => {
    const { status, headers, body } = await ask(token);
    assert.equal(status, 401, what);
    assert.match(headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/, what);
    assert.equal(body.id, undefined);
    const introspected = await server.request('POST', '/oauth/introspect', {
      basic: [organization.admin.clientId, organization.admin.secret],
      form: { token },
    });
    assert.equal(introspected.text, '{"active":false}', what);
  };
  /** The good token with some claims changed, signed by the server's own key. */
  const withClaims = (changes: object, header: object = good.header) =>
    signWith(key, header, JSON.parse(JSON.stringify({ ...good.claims, ...changes })));

  it('accept the token that the forged ones below are made of (P-083)', async () => {
    assert.equal((await ask(withClaims({}))).status, 200);
  });

  describe('by their header', () => {
    for (const typ of [
      'JWT',
      'jwt',
      'id_token',
      'logout+jwt',
      'AT+JWT',
      'application/at+jwt',
      '',
      1,
      undefined,
    ]) {
      it(`refuse the type ${JSON.stringify(typ)} (P-083)`, () =>
        assertRefused(withClaims({}, { ...good.header, typ })));
    }

    for (const alg of ['none', 'None', 'NONE', '']) {
      it(`refuse the algorithm "${alg}", with and without a signature (P-083)`, async () => {
        const unsigned = `${toPart({ ...good.header, alg })}.${toPart(good.claims)}`;
        await assertRefused(`${unsigned}.`);
        await assertRefused(`${unsigned}.${organization.token.split('.')[2]}`);
        await assertRefused(unsigned);
      });
    }

    it('refuse HS256 under the public key in each of its forms (P-083)', async () => {
      const publicKey = createPublicKey({ key: key.publicJwk, format: 'jwk' });
      const secrets = [
        publicKey.export({ format: 'pem', type: 'spki' }),
        publicKey.export({ format: 'der', type: 'spki' }),
        JSON.stringify(key.publicJwk),
        Buffer.from(key.publicJwk.x as string, 'base64url'),
        key.kid,
        '',
      ];
      for (const secret of secrets) {
        const signed = `${toPart({ ...good.header, alg: 'HS256' })}.${toPart(good.claims)}`;
        const signature = createHmac('sha256', secret).update(signed).digest('base64url');
        await assertRefused(`${signed}.${signature}`);
      }
    });

    it('refuse another algorithm than that of the key, although both are known (P-083)', async () => {
      for (const alg of ['RS256', 'PS256', 'EdDSA', 'ES384'])
        await assertRefused(withClaims({}, { ...good.header, alg }), alg);
    });

    it('refuse a kid that is unknown, missing or no string (P-083)', async () => {
      for (const kid of ['unknown', '', undefined, 1, { kid: key.kid }, '../../etc/passwd', "' or '1'='1"])
        await assertRefused(withClaims({}, { ...good.header, kid }), String(kid));
    });

    it('refuse the kid of another key of the server (P-083)', async () => {
      const { kid } = await serverKey(server, 'RS256');
      await assertRefused(withClaims({}, { ...good.header, kid }));
    });

    it('refuse critical extensions, known to nobody or empty (P-083)', async () => {
      for (const crit of [['exp'], ['b64'], ['x'], []])
        await assertRefused(withClaims({}, { ...good.header, crit, b64: true, x: 1 }));
    });

    it('refuse keys and places of keys in the header, also when they sign (P-083)', async () => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwk = publicKey.export({ format: 'jwk' });
      const own: ServerKey = { ...key, privateKey };
      for (const extra of [
        { jwk },
        { jku: 'https://evil.example/jwks.json' },
        { x5u: 'https://evil.example/cert.pem' },
        { x5c: ['MIIB'] },
      ]) {
        for (const header of [
          { ...good.header, ...extra },
          { ...good.header, ...extra, kid: undefined },
        ]) {
          await assertRefused(signWith(own, header, good.claims));
          await assertRefused(signWith(key, header, good.claims));
        }
      }
    });
  });

  describe('by their claims, signed with the real key', () => {
    const now = Math.floor(Date.now() / 1000);
    const forged: Record<string, object> = {
      'that have expired': { exp: now - 1 },
      'without exp': { exp: undefined },
      'whose exp is a string': { exp: String(now + 600) },
      'without iat': { iat: undefined },
      'whose iat is a string': { iat: String(now) },
      'that are not valid yet': { nbf: now + 600 },
      'whose nbf is a string': { nbf: 'now' },
      'of another issuer': { iss: 'https://evil.example' },
      'of an issuer that only begins like ours': { iss: 'http://localhost:3000/' },
      'without issuer': { iss: undefined },
      'without sub': { sub: undefined },
      'without client': { client_id: undefined },
      'of a client that does not exist': { client_id: 'nobody' },
      'of the operator by client_id alone': { client_id: 'operator' },
      'without jti': { jti: undefined },
      'without credential': { credential_id: undefined },
      'of a credential that does not exist': { credential_id: '00000000-0000-4000-8000-000000000000' },
      'of an older generation': { generation: '0.0' },
    };
    for (const [what, changes] of Object.entries(forged)) {
      it(`refuse tokens ${what} (P-083)`, () => assertRefused(withClaims(changes)));
    }

    for (const aud of ['https://other.example', ['https://other.example'], [], '', undefined, 1, {}]) {
      it(`refuse tokens for ${JSON.stringify(aud)} (P-083, P-082)`, async () => {
        assert.equal((await ask(withClaims({ aud }))).status, 401);
      });
    }

    it('refuse claims that are no object (P-083)', async () => {
      for (const claims of ['text', 1, null, [good.claims]])
        await assertRefused(signWith(key, good.header, claims as object), JSON.stringify(claims));
    });

    it('take roles from the client, never from the token (P-083)', async () => {
      const claims = { roles: { ROLE_ADMIN: [] }, customer: 'PLATFORM' };
      const answer = await server.request('GET', '/oauth/signing-keys', { token: withClaims(claims) });
      assert.equal(answer.status, 403);
    });
  });

  describe('by their bytes', () => {
    it('refuse a flip of any bit of the signature and of each byte of header and claims (P-084)', async () => {
      const parts = organization.token.split('.').map((part) => Buffer.from(part, 'base64url'));
      const flips = parts.flatMap((bytes, part) =>
        Array.from({ length: bytes.length * 8 }, (_, bit) => ({ part, bit })),
      );
      const chosen = flips.filter(({ part, bit }) => part === 2 || bit % 8 === (bit >> 3) % 8);
      assert.ok(chosen.length > 64 * 8 + 400);
      for (let from = 0; from < chosen.length; from += 50) {
        await Promise.all(
          chosen.slice(from, from + 50).map(async ({ part, bit }) => {
            const copy = parts.map((bytes) => Buffer.from(bytes));
            const bytes = copy[part] as Buffer;
            bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
            const { status } = await ask(copy.map((each) => each.toString('base64url')).join('.'));
            assert.equal(status, 401, `bit ${bit} of part ${part}`);
          }),
        );
      }
    });

    it('refuse what is cut, longer, or in several pieces (P-084)', async () => {
      const { token } = organization;
      const [header, claims, signature] = token.split('.');
      const wrong = [
        token.slice(0, -1),
        token.slice(0, -4),
        token.slice(1),
        `${token}A`,
        `${token}AAAA`,
        `${token}.`,
        `.${token}`,
        `${token}.${signature}`,
        `${header}.${claims}`,
        `${header}..${signature}`,
        `${header}.${claims}.`,
        '..',
        '.',
        'a',
        'a'.repeat(9_000),
      ];
      for (const each of wrong) await assertRefused(each, each.slice(-30));
    });

    it('refuse blanks in and around it (P-084)', async () => {
      const { token } = organization;
      for (const each of [`${token} x`, `x ${token}`, token.replace('.', ' .'), `${token},${token}`])
        assert.equal((await ask(each)).status, 401);
    });

    it('refuse every other spelling of the same bytes (P-085)', async () => {
      const [header = '', claims = '', signature = ''] = organization.token.split('.');
      const last = alphabet.indexOf(signature.at(-1) as string);
      const spellings = [1, 2, 3].map(
        (rest) => `${header}.${claims}.${signature.slice(0, -1)}${alphabet[(last & ~3) | rest]}`,
      );
      const standard = [header, claims, signature].map((part) =>
        Buffer.from(part, 'base64url').toString('base64'),
      );
      spellings.push(standard.join('.'), `${header}.${claims}.${standard[2]}`, `${organization.token}==`);
      const different = spellings.filter((each) => each !== organization.token);
      assert.ok(different.length >= 5);
      for (const each of different) await assertRefused(each, each.slice(-20));
    });

    it('refuse a signature in the form of ASN.1, and one of zeros (P-084)', async () => {
      const [header, claims] = organization.token.split('.');
      const signed = `${header}.${claims}`;
      const der = sign('sha256', Buffer.from(signed), key.privateKey).toString('base64url');
      await assertRefused(`${signed}.${der}`);
      await assertRefused(`${signed}.${Buffer.alloc(64).toString('base64url')}`);
    });
  });
});
