import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** The algorithms for which the server keeps a key (RFC 7518 §3.1, RFC 8037 §3.1). */
export const signingAlgorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

export function isSigningAlgorithm(name: unknown): name is SigningAlgorithm {
  return signingAlgorithms.includes(name as SigningAlgorithm);
}

const generate = promisify(generateKeyPair) as (
  type: string,
  options?: object,
) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

/** A fresh pair of keys from the operating system's random source, made off the event loop. */
export function generateKeysFor(
  alg: SigningAlgorithm,
): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  if (alg === 'ES256') return generate('ec', { namedCurve: 'P-256' });
  if (alg === 'EdDSA') return generate('ed25519');
  return generate('rsa', { modulusLength: 2048 });
}
