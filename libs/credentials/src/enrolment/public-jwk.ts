import type { JWK } from 'jose';
import { type DomainError, invalid } from '#libs/common';

/** What a key is to be used for, and which algorithms go with which sort of key; the first one is the usual one. */
export interface KeyPurpose {
  readonly use: 'enc' | 'sig';
  readonly operations: readonly string[];
  /** By `kty` for RSA, else by `crv`. */
  readonly algorithms: ReadonlyMap<string, readonly string[]>;
}

const agreement = ['ECDH-ES+A256KW', 'ECDH-ES'];

/** Keys to which a secret can be encrypted (RFC 7518 §4). */
export const encryption: KeyPurpose = {
  use: 'enc',
  operations: ['encrypt', 'wrapKey', 'deriveKey', 'deriveBits'],
  algorithms: new Map([
    ['RSA', ['RSA-OAEP-256']],
    ['P-256', agreement],
    ['P-384', agreement],
    ['X25519', agreement],
  ]),
};

/** Keys with which a machine signs (RFC 7518 §3, RFC 8037). */
export const signature: KeyPurpose = {
  use: 'sig',
  operations: ['verify'],
  algorithms: new Map([
    ['RSA', ['PS256', 'RS256']],
    ['P-256', ['ES256']],
    ['P-384', ['ES384']],
    ['Ed25519', ['EdDSA', 'Ed25519']],
  ]),
};

/** A public key: the members that make it up and nothing else (RFC 7638 §3.2), and what was said of it. */
export interface PublicJwk {
  readonly members: JWK;
  readonly kid: string | undefined;
  /** Those that may be used with it: all of its sort, or the one that its `alg` names. */
  readonly algorithms: readonly string[];
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const sortsOfKey: Readonly<Record<string, string>> = {
  'P-256': 'EC',
  'P-384': 'EC',
  X25519: 'OKP',
  Ed25519: 'OKP',
};
const coordinateBytes: Readonly<Record<string, number>> = {
  'P-256': 32,
  'P-384': 48,
  X25519: 32,
  Ed25519: 32,
};
const fewestRsaBits = 2_048;
const mostRsaBits = 8_192;
const base64Url = /^[A-Za-z0-9_-]+$/;
const kidPattern = /^[\x20-\x7e]{1,255}$/;

/**
 * Checks a JSON Web Key that a caller gave (RFC 7517 §4). Members that nobody knows are left alone, as the RFC asks.
 *
 * @param path where the key stands in the request
 * @throws DomainError `invalid`, naming the member, for a private key and for one that does not serve the purpose
 */
export function readPublicJwk(
  jwk: Readonly<Record<string, unknown>>,
  path: string,
  purpose: KeyPurpose,
): PublicJwk {
  const secret = privateMembers.find((name) => Object.hasOwn(jwk, name));
  if (secret) throw wrongMember(path, secret, 'must be left out: a private key stays with its owner');
  const sort = sortOf(jwk, path, purpose);
  const { kid, alg, use, key_ops: operations } = jwk;
  if (kid !== undefined && !(typeof kid === 'string' && kidPattern.test(kid))) {
    throw wrongMember(path, 'kid', 'must be 1 to 255 printable ASCII characters');
  }
  if (use !== undefined && use !== purpose.use) throw wrongMember(path, 'use', `must be ${purpose.use}`);
  if (operations !== undefined && !isFor(operations, purpose)) {
    throw wrongMember(path, 'key_ops', `must be an array with ${purpose.operations.join(' or ')}`);
  }
  const algorithms = purpose.algorithms.get(sort) as readonly string[];
  if (alg !== undefined && !(typeof alg === 'string' && algorithms.includes(alg))) {
    throw wrongMember(path, 'alg', `must be ${algorithms.join(' or ')} for such a key`);
  }
  return {
    members: sort === 'RSA' ? rsaMembers(jwk, path) : curveMembers(jwk, path, sort),
    kid: kid as string | undefined,
    algorithms: alg === undefined ? algorithms : [alg as string],
  };
}

/** @param member of the key that is wrong */
export function wrongMember(path: string, member: string, message: string): DomainError {
  return invalid('The key is not acceptable.', [{ path: member ? `${path}.${member}` : path, message }]);
}

function sortOf({ kty, crv }: Readonly<Record<string, unknown>>, path: string, purpose: KeyPurpose): string {
  if (kty === 'RSA') return kty;
  if (kty !== 'EC' && kty !== 'OKP') throw wrongMember(path, 'kty', 'must be RSA, EC or OKP');
  const curves = [...purpose.algorithms.keys()].filter((curve) => sortsOfKey[curve] === kty);
  if (typeof crv === 'string' && curves.includes(crv)) return crv;
  throw wrongMember(path, 'crv', `must be ${curves.join(' or ')}`);
}

function isFor(operations: unknown, purpose: KeyPurpose): boolean {
  return Array.isArray(operations) && operations.some((operation) => purpose.operations.includes(operation));
}

function rsaMembers(jwk: Readonly<Record<string, unknown>>, path: string): JWK {
  const modulus = bytesOf(jwk, 'n', path);
  const bits = BigInt(`0x${modulus.toString('hex')}`).toString(2).length;
  if (bits < fewestRsaBits || bits > mostRsaBits) {
    throw wrongMember(path, 'n', `must have ${fewestRsaBits} to ${mostRsaBits} bits`);
  }
  if ((modulus.at(-1) as number) % 2 === 0) throw wrongMember(path, 'n', 'must be the modulus of a key');
  const exponent = bytesOf(jwk, 'e', path);
  // A small one makes encryption and signatures forgiving of mistakes; a large one costs time.
  const value = exponent.length > 4 ? 0 : exponent.readUIntBE(0, exponent.length);
  if (value < 65_537 || value % 2 === 0) throw wrongMember(path, 'e', 'must be AQAB, which is 65537');
  return { kty: 'RSA', n: jwk['n'] as string, e: jwk['e'] as string };
}

function curveMembers(jwk: Readonly<Record<string, unknown>>, path: string, curve: string): JWK {
  const kty = sortsOfKey[curve] as string;
  for (const name of kty === 'EC' ? ['x', 'y'] : ['x']) {
    const size = coordinateBytes[curve] as number;
    if (bytesOf(jwk, name, path).length === size) continue;
    throw wrongMember(path, name, `must have ${size} bytes on the curve ${curve}`);
  }
  const x = jwk['x'] as string;
  return kty === 'EC' ? { kty, crv: curve, x, y: jwk['y'] as string } : { kty, crv: curve, x };
}

function bytesOf(jwk: Readonly<Record<string, unknown>>, name: string, path: string): Buffer {
  const text = jwk[name];
  if (typeof text === 'string' && text.length <= 2_048 && base64Url.test(text)) {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length > 0) return bytes;
  }
  throw wrongMember(path, name, 'must be Base64url without padding');
}
