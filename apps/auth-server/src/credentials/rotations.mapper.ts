import {
  type Credential,
  type Overlap,
  type Rotation,
  type RotationDraft,
  statusOf,
} from '#libs/credentials';
import { momentOf, toMoment, toUses } from './credentials.mapper.js';
import type { OverlapBody, ReplacementAnswer, RotationAnswer, RotationBody } from './rotations.dto.js';

/** How a rotation is to be done; no body at all means the usual way. */
export function fromRotation({ name, expiresAt, deliverTo: _, ...overlap }: RotationBody): RotationDraft {
  return {
    ...fromOverlap(overlap),
    ...(name !== undefined && { name }),
    ...(expiresAt !== undefined && { expiresAt: momentOf(expiresAt) }),
  };
}

/** For how long the old secret is to work. */
export function fromOverlap({ overlapSeconds, retireAfterQuietSeconds }: OverlapBody): Overlap {
  return {
    ...(overlapSeconds !== undefined && { overlapSeconds }),
    ...(retireAfterQuietSeconds !== undefined && { retireAfterQuietSeconds }),
  };
}

/** A rotation as it is answered. */
export function toRotation(rotation: Rotation, now: Date): RotationAnswer {
  const { state, old, replacement, undoUntil, withinSeconds, sources, sourcesCount, uses } = rotation;
  return {
    credentialId: old.id,
    state,
    startedAt: toMoment(replacement?.createdAt ?? null),
    retiresAt: toMoment(old.retiresAt),
    retireAfterQuietSeconds: old.retireAfterQuietSeconds,
    undoUntil: toMoment(undoUntil),
    replacement: replacement ? toReplacement(replacement, now) : null,
    lastUsedAt: toMoment(old.lastUsedAt),
    withinSeconds,
    users: sourcesCount,
    usedBy: sources.map(({ address, userAgent, lastUsedAt, count }) => ({
      address,
      userAgent: userAgent || null,
      lastUsedAt: lastUsedAt.toISOString(),
      count,
    })),
    uses: toUses(uses),
  };
}

function toReplacement(credential: Credential, now: Date): ReplacementAnswer {
  const { id, name, hint, createdAt, lastUsedAt } = credential;
  return {
    credentialId: id,
    name,
    status: statusOf(credential, now),
    hint,
    createdAt: createdAt.toISOString(),
    lastUsedAt: toMoment(lastUsedAt),
  };
}
