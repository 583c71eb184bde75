import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Sealer } from '#libs/common';
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
  private readonly active = new Map<SigningAlgorithm, ActiveKey>();
  private readonly verification = new Map<string, VerificationKey>();

  /** @throws SealError when a private key can't be opened: altered, or its master key is not given */
  constructor(keys: readonly SigningKey[], sealer: Sealer) {
    for (const { kid, alg, state, publicJwk, sealedPrivateKey } of keys) {
      this.verification.set(kid, { alg, publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }) });
      if (state === 'retiring') continue;
      const der = sealer.open(sealPurpose, kid, sealedPrivateKey);
      const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      if (state === 'active') this.active.set(alg, { kid, alg, privateKey });
    }
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

function publish(keys: readonly JsonWebKey[]): PublishedKeys {
  const body = JSON.stringify({ keys });
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}
