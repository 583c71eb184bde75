import {
  type Credential,
  type CredentialDraft,
  type IssuedCredential,
  type RotationDraft,
  statusOf,
} from '#libs/credentials';
import type {
  CredentialAnswer,
  CredentialChanges,
  IssuedCredentialAnswer,
  NewCredentialBody,
  RotatedCredentialAnswer,
  RotationBody,
} from './credentials.dto.js';

const usualOverlapSeconds = 86_400;

/** The credential that a create asks for. */
export function fromNewCredential({ name, expiresAt, clientSecret }: NewCredentialBody): CredentialDraft {
  return {
    name: name ?? null,
    expiresAt: momentOf(expiresAt),
    ...(clientSecret !== undefined && { secret: clientSecret }),
  };
}

/** What is to be changed; null takes a name or an end away. */
export function fromChanges({ name, expiresAt }: CredentialChanges): {
  name?: string | null;
  expiresAt?: Date | null;
} {
  return {
    ...(name !== undefined && { name }),
    ...(expiresAt !== undefined && { expiresAt: momentOf(expiresAt) }),
  };
}

/** How a rotation is to be done; no body at all means the usual way. */
export function fromRotation({ overlapSeconds, name, expiresAt }: RotationBody): RotationDraft {
  return {
    overlapSeconds: overlapSeconds ?? usualOverlapSeconds,
    expiresAt: momentOf(expiresAt),
    ...(name !== undefined && { name }),
  };
}

/** A credential as it is answered. */
export function toCredential(credential: Credential, now: Date): CredentialAnswer {
  const { id, name, kind, hint, alg, kid, createdAt, createdBy } = credential;
  return {
    credentialId: id,
    name,
    kind,
    status: statusOf(credential, now),
    hint,
    alg,
    kid,
    createdAt: createdAt.toISOString(),
    createdBy,
    expiresAt: toMoment(credential.expiresAt),
    retiresAt: toMoment(credential.retiresAt),
    lastUsedAt: toMoment(credential.lastUsedAt),
    revokedAt: toMoment(credential.revokedAt),
  };
}

/** A credential with its secret. */
export function toIssuedCredential(
  { credential, secret }: IssuedCredential,
  now: Date,
): IssuedCredentialAnswer {
  return { ...toCredential(credential, now), clientSecret: secret };
}

/** A credential with its secret and the one whose place it takes. */
export function toRotatedCredential(issued: IssuedCredential, now: Date): RotatedCredentialAnswer {
  return { ...toIssuedCredential(issued, now), replaces: issued.credential.replaces };
}

function momentOf(text: string | null | undefined): Date | null {
  return text ? new Date(text) : null;
}

function toMoment(moment: Date | null): string | null {
  return moment?.toISOString() ?? null;
}
