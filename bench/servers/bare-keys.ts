import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type SignKeyObjectInput,
} from 'node:crypto';

/** A key pair as the bare servers use it, and its published form. */
export interface BareKey {
  readonly privateKey: KeyObject | SignKeyObjectInput;
  readonly publicKey: KeyObject | SignKeyObjectInput;
  readonly digest: 'sha256' | null;
  /** The header of its tokens, encoded. */
  readonly header: string;
  readonly jwks: string;
}

/**
 * @param alg of RFC 7518 §3.1 or RFC 8037 §3.1
 * @param pem a private key of it, which several processes have; a new one when it is not given
 */
export function makeBareKey(alg: string, pem?: string): BareKey {
  const privateKey = pem === undefined ? newPrivateKey(alg) : createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const header = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt', kid: 'bare' })).toString('base64url');
  const jwks = JSON.stringify({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bare', alg, use: 'sig' }],
  });
  const wrap = (key: KeyObject) => (alg === 'ES256' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key);
  return {
    privateKey: wrap(privateKey),
    publicKey: wrap(publicKey),
    digest: alg === 'EdDSA' ? null : 'sha256',
    header,
    jwks,
  };
}

export function newPrivateKey(alg: string): KeyObject {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519').privateKey;
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}
