import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { Issue } from '#libs/common';

const longestJwks = 32_768;
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
/** Members of a key of a Java library, which its serializer wrote out instead of the key. */
const javaMembers = ['keyID', 'keyUse', 'keyOperations', 'keyType', 'requiredParams', 'x509CertChain'];

const localHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether it is an https URL; plain http is for this machine alone. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && localHosts.has(hostname));
}

/** Whether it has the form of a language tag (RFC 5646 §2.2.9: well-formed). */
export function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

/** What is wrong with a set of public keys (RFC 7517 §5); empty when nothing is. */
export function jwksIssues(jwks: unknown): Issue[] {
  if (typeof jwks !== 'object' || jwks === null || Array.isArray(jwks)) {
    return [{ path: '', message: 'must be an object' }];
  }
  const { keys } = jwks as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0) {
    return [{ path: 'keys', message: 'must be an array of at least one key (RFC 7517, section 5)' }];
  }
  if (JSON.stringify(jwks).length > longestJwks) {
    return [{ path: '', message: `must be at most ${longestJwks} characters of JSON` }];
  }
  return keys.flatMap((key, index) => {
    const message = brokenRuleOf(key);
    return message === undefined ? [] : [{ path: `keys[${index}]`, message }];
  });
}

function brokenRuleOf(key: unknown): string | undefined {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) return 'must be an object';
  if (!('kty' in key) && javaMembers.some((name) => name in key)) {
    return (
      'is not a JSON Web Key but the members of a Java object; send the key as RFC 7517 has it: ' +
      'kty and, of an RSA key, n and e; of an EC key, crv, x and y'
    );
  }
  if (privateMembers.some((name) => name in key)) return 'must be a public key: it has private members';
  try {
    createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
    return undefined;
  } catch {
    return 'must be a public key with kty RSA, EC or OKP and all its members (RFC 7518, section 6; RFC 8037)';
  }
}

const safeKeyAlgorithms = [
  'RSA-OAEP',
  'RSA-OAEP-256',
  'RSA-OAEP-384',
  'RSA-OAEP-512',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A192KW',
  'ECDH-ES+A256KW',
];

/** How the key of an encrypted ID token may be wrapped (RFC 7518 §4.1). */
export const keyAlgorithms: readonly string[] = [...safeKeyAlgorithms, 'none'];

/** How the content of an encrypted ID token may be encrypted (RFC 7518 §5.1). */
export const contentAlgorithms: readonly string[] = [
  'A128CBC-HS256',
  'A192CBC-HS384',
  'A256CBC-HS512',
  'A128GCM',
  'A192GCM',
  'A256GCM',
];

/** What is wrong with the name of a key algorithm, or undefined when it is fine. RFC 8725 §3.2: RSA1_5 is not safe. */
export function keyAlgorithmRule(name: string): string | undefined {
  if (keyAlgorithms.includes(name)) return undefined;
  const safe = safeKeyAlgorithms.join(', ');
  if (name === 'RSA1_5') return `must not be RSA1_5, which is open to padding oracles; safe ones are ${safe}`;
  return `must be one of ${safe}, none`;
}
