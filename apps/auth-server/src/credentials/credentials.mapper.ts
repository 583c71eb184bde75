import {
  type Credential,
  type CredentialDraft,
  type CredentialListFilter,
  type CredentialUpdate,
  type CredentialUse,
  type CredentialWithUses,
  type DeliveryKey,
  type IssuedCredential,
  type Quarantine,
  statusOf,
} from '#libs/credentials';
import { fromAllowedNetworks, toAllowedNetworks } from '../customers/allowed-networks.mapper.js';
import type {
  CredentialAnswer,
  CredentialChanges,
  CredentialsQuery,
  CredentialWithUsesAnswer,
  IssuedCredentialAnswer,
  NewCredentialBody,
  QuarantineAnswer,
  RotatedCredentialAnswer,
  UseOfDay,
} from './credentials.dto.js';
import { toDelivered } from './delivery.mapper.js';

/** The credential that a create asks for. */
export function fromNewCredential(body: NewCredentialBody): CredentialDraft {
  const { name, expiresAt, clientSecret, allowedNetworks } = body;
  return {
    name: name ?? null,
    ...(allowedNetworks && { allowedNetworks: fromAllowedNetworks(allowedNetworks) }),
    ...(expiresAt !== undefined && { expiresAt: momentOf(expiresAt) }),
    ...(clientSecret !== undefined && { secret: clientSecret }),
  };
}

/** What is to be changed; null takes a name or an end away. */
export function fromChanges({ name, expiresAt, allowedNetworks }: CredentialChanges): CredentialUpdate {
  return {
    ...(name !== undefined && { name }),
    ...(expiresAt !== undefined && { expiresAt: momentOf(expiresAt) }),
    ...(allowedNetworks !== undefined && {
      allowedNetworks: allowedNetworks && fromAllowedNetworks(allowedNetworks),
    }),
  };
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** What a list is narrowed to. */
export function fromCredentialsQuery({ expiringWithin }: CredentialsQuery): CredentialListFilter {
  if (expiringWithin === undefined) return {};
  const [unit, count] = [expiringWithin.slice(-1), Number(expiringWithin.slice(0, -1))];
  return { expiringWithinSeconds: count * (secondsOf[unit] as number) };
}

/** A credential as it is answered. */
export function toCredential(credential: Credential, now: Date): CredentialAnswer {
  const { id, name, kind, hint, alg, kid, thumbprint, createdAt, createdBy } = credential;
  return {
    credentialId: id,
    name,
    kind,
    status: statusOf(credential, now),
    hint,
    alg,
    kid,
    thumbprint,
    allowedNetworks: credential.allowedNetworks && toAllowedNetworks(credential.allowedNetworks),
    quarantine: toQuarantine(credential.quarantine),
    createdAt: createdAt.toISOString(),
    createdBy,
    expiresAt: toMoment(credential.expiresAt),
    retiresAt: toMoment(credential.retiresAt),
    lastUsedAt: toMoment(credential.lastUsedAt),
    lastAddress: credential.lastAddress,
    lastUserAgent: credential.lastUserAgent,
    revokedAt: toMoment(credential.revokedAt),
  };
}

function toQuarantine(quarantine: Quarantine | null): QuarantineAnswer | null {
  return quarantine && { since: quarantine.since, addresses: [...quarantine.addresses] };
}

/** A credential with its uses. */
export function toCredentialWithUses(
  { credential, uses }: CredentialWithUses,
  now: Date,
): CredentialWithUsesAnswer {
  return { ...toCredential(credential, now), uses: toUses(uses) };
}

export function toUses(uses: readonly CredentialUse[]): UseOfDay[] {
  return uses.map(({ day, count }) => ({ day, count }));
}

/** A credential with its secret. @param key to which the secret is sealed; undefined: it is answered in clear */
export async function toIssuedCredential(
  { credential, secret }: IssuedCredential,
  now: Date,
  key?: DeliveryKey,
): Promise<IssuedCredentialAnswer> {
  return { ...toCredential(credential, now), ...(await toDelivered(secret, key)) };
}

/** A credential with its secret and the one whose place it takes. */
export async function toRotatedCredential(
  issued: IssuedCredential,
  now: Date,
  key?: DeliveryKey,
): Promise<RotatedCredentialAnswer> {
  return { ...(await toIssuedCredential(issued, now, key)), replaces: issued.credential.replaces };
}

export function momentOf(text: string | null | undefined): Date | null {
  return text ? new Date(text) : null;
}

export function toMoment(moment: Date | null): string | null {
  return moment?.toISOString() ?? null;
}
