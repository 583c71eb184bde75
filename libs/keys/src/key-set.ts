import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SealError, type Sealer } from '#libs/common';
import type { SigningAlgorithm } from './signing-algorithm.js';
import type { SigningKey } from './signing-key.entity.js';

/** Under which purpose private keys are sealed. */
export const sealPurpose = 'signing key';

/** A key ready to sign. */
export interface ActiveKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly privateKey: KeyObject;
}

/** A key ready to verify. */
export interface VerificationKey {
  readonly alg: SigningAlgorithm;
  readonly publicKey: KeyObject;
}

/** The published keys as JSON, with the entity tag of that very text. */
export interface PublishedKeys {
  readonly body: string;
  readonly etag: string;
}

/** The signing keys of one moment, opened and ready; replaced as a whole when a key changes. */
export class KeySet {
  readonly published: PublishedKeys;
  /** The stored private keys that do not open, each a sentence that names the key and says what that means. */
  readonly complaints: readonly string[];
  /** Whether there are active keys, and each of them is open. */
  readonly canSign: boolean;
  private readonly opened = new Map<string, ActiveKey>();
  private readonly active = new Map<SigningAlgorithm, ActiveKey>();
  private readonly verification = new Map<string, VerificationKey>();

  /**
   * @param previous the keys until now, missing at the start: a private key that no longer opens goes on from there; a
   * new one that does not open, for it is sealed under a master key that this process lacks, verifies and never signs
   * @throws SealError when a private key can't be opened at the start: altered, or its master key is missing
   */
  constructor(keys: readonly SigningKey[], sealer: Sealer, previous?: KeySet) {
    const complaints: string[] = [];
    for (const key of keys) {
      const { kid, alg, state, publicJwk } = key;
      this.verification.set(kid, { alg, publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }) });
      if (state === 'retiring') continue;
      let opened: ActiveKey | undefined;
      try {
        opened = openKey(key, sealer);
      } catch (error) {
        if (!previous) throw error;
        opened = previous.opened.get(kid);
        complaints.push(complaintAbout(key, sealer, opened !== undefined));
      }
      if (!opened) continue;
      this.opened.set(kid, opened);
      if (state === 'active') this.active.set(alg, opened);
    }
    this.complaints = complaints;
    const active = keys.filter(({ state }) => state === 'active');
    this.canSign = active.length > 0 && active.every(({ kid }) => this.opened.has(kid));
    this.published = publish(keys.map(({ kid, alg, publicJwk }) => ({ ...publicJwk, kid, alg, use: 'sig' })));
  }

  /** The key that signs with this algorithm, or undefined when there is none. */
  findActive(alg: SigningAlgorithm): ActiveKey | undefined {
    return this.active.get(alg);
  }

  /** The key of that kid while it is published, or undefined. */
  findForVerification(kid: string): VerificationKey | undefined {
    return this.verification.get(kid);
  }
}

/** Opens the private part. @throws SealError naming the key */
export function openKey(
  { kid, alg, sealedPrivateKey }: Pick<SigningKey, 'kid' | 'alg' | 'sealedPrivateKey'>,
  sealer: Sealer,
): ActiveKey {
  try {
    const der = sealer.open(sealPurpose, kid, sealedPrivateKey);
    return { kid, alg, privateKey: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) };
  } catch (cause) {
    throw new SealError(`The signing key ${kid} cannot be opened. ${(cause as Error).message}`, { cause });
  }
}

function complaintAbout({ kid, sealedPrivateKey }: SigningKey, sealer: Sealer, isKnown: boolean): string {
  const consequence = isKnown
    ? 'It goes on from memory, but no process could start with it'
    : 'This process publishes it and verifies with it, and cannot sign with it';
  return sealer.knowsKeyOf(sealedPrivateKey)
    ? `The stored signing key ${kid} was altered. ${consequence}: announce and activate another one.`
    : `The signing key ${kid} is sealed under a master key that this process lacks. ${consequence}: give it the MASTER_KEY of the other servers and restart it.`;
}

function publish(keys: readonly JsonWebKey[]): PublishedKeys {
  const body = JSON.stringify({ keys });
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}
