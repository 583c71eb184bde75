import type { SigningKey } from '#libs/keys';
import type { SigningKeyAnswer } from './signing-keys.dto.js';

/** A signing key as it is answered: named field by field, so that nothing private can slip in. */
export function toSigningKey(key: SigningKey): SigningKeyAnswer {
  return {
    kid: key.kid,
    alg: key.alg,
    state: key.state,
    createdAt: key.createdAt.toISOString(),
    activatableAt: key.activatableAt.toISOString(),
    activatedAt: toMoment(key.activatedAt),
    retirableAt: toMoment(key.retirableAt),
    retiredAt: toMoment(key.retiredAt),
  };
}

function toMoment(moment: Date | null): string | null {
  return moment?.toISOString() ?? null;
}
