import { constants, type KeyObject, type SignKeyObjectInput, sign } from 'node:crypto';
import type { ActiveKey } from '#libs/keys';
import { accessTokenType } from './access-token.js';

/** All that can be made ready of a signature before there is anything to sign. */
interface PreparedKey {
  /** The first part of every token that the key signs, with its dot. */
  readonly header: string;
  readonly digest: 'sha256' | null;
  readonly key: KeyObject | SignKeyObjectInput;
  /** An RSA signature takes ten times as long as the rest of the request: it must not hold up all others. */
  readonly isSlow: boolean;
}

const prepared = new WeakMap<ActiveKey, PreparedKey>();

/**
 * Signs a payload as a JWT in compact form (RFC 7515 §3.1, RFC 7519). With node:crypto itself: jsonwebtoken, which
 * verifies RSA signatures, takes half as long again to sign, always on the event loop, and has no EdDSA (RFC 8037 §3.1).
 *
 * @param payload the claims: JSON in base64url
 * @returns the token at once, or for an RSA key a promise of it: that is signed on the thread pool
 */
export function signToken(key: ActiveKey, payload: string): string | Promise<string> {
  const ready = prepared.get(key) ?? prepare(key);
  const signingInput = ready.header + payload;
  const bytes = Buffer.from(signingInput, 'latin1');
  if (ready.isSlow) return signOffTheEventLoop(ready, signingInput, bytes);
  return `${signingInput}.${sign(ready.digest, bytes, ready.key).toString('base64url')}`;
}

function signOffTheEventLoop(
  { digest, key }: PreparedKey,
  signingInput: string,
  bytes: Buffer,
): Promise<string> {
  return new Promise((resolve, reject) => {
    sign(digest, bytes, key, (error, signature) => {
      if (error) reject(error);
      else resolve(`${signingInput}.${signature.toString('base64url')}`);
    });
  });
}

function prepare(active: ActiveKey): PreparedKey {
  const { alg, kid } = active;
  const header = JSON.stringify({ typ: accessTokenType, alg, kid });
  const ready: PreparedKey = {
    header: `${Buffer.from(header).toString('base64url')}.`,
    digest: alg === 'EdDSA' ? null : 'sha256',
    key: keyInput(active),
    isSlow: alg === 'RS256' || alg === 'PS256',
  };
  prepared.set(active, ready);
  return ready;
}

/** RFC 7518 §3.4: the two numbers of an ECDSA signature side by side; §3.5: as much salt as there is hash. */
function keyInput({ alg, privateKey: key }: ActiveKey): KeyObject | SignKeyObjectInput {
  if (alg === 'ES256') return { key, dsaEncoding: 'ieee-p1363' };
  if (alg !== 'PS256') return key;
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}
