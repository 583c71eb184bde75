import { createPrivateKey, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { Sealer } from '#libs/common';
import type { TestServer } from './server.js';

/** A real signing key of a server under test. */
export interface ServerKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicJwk: JsonWebKey;
  readonly privateKey: KeyObject;
}

/** The key that signs with the algorithm, its private part unsealed: for tokens that only their content betrays. */
export async function serverKey(server: TestServer, alg = 'ES256'): Promise<ServerKey> {
  const [row] = await server.database.query<{
    kid: string;
    public_jwk: JsonWebKey;
    sealed_private_key: string;
  }>(`select kid, public_jwk, sealed_private_key from signing_key where alg = $1 and state = 'active'`, [
    alg,
  ]);
  if (!row) throw new Error(`There is no active key for ${alg}.`);
  const sealer = server.app.get(Sealer, { strict: false });
  const der = sealer.open('signing key', row.kid, row.sealed_private_key);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { kid: row.kid, alg, publicJwk: row.public_jwk, privateKey };
}

/** The two parts of a token that say something. */
export interface DecodedToken {
  readonly header: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into claims of every shape and assert what they find
  readonly claims: Record<string, any>;
}

export function decodeToken(token: string): DecodedToken {
  const [header = '', claims = ''] = token.split('.');
  return { header: fromPart(header), claims: fromPart(claims) };
}

/** Signs what it is given with the server's ES256 key, whether or not it makes sense. */
export function signWith({ privateKey }: ServerKey, header: object, claims: object): string {
  const signed = `${toPart(header)}.${toPart(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

export function toPart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function fromPart(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}
