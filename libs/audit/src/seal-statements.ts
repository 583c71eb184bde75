import type { AuditCheckpoint } from './audit-checkpoint.entity.js';
import type { AuditDroppedSegment } from './audit-dropped-segment.entity.js';

/** A place in a chain, and the hash of everything up to it. */
export interface ChainPosition {
  readonly sequence: bigint;
  readonly hash: Buffer;
}

/** What the signature of a checkpoint is over, in canonical form. */
export function checkpointStatement(checkpoint: Omit<AuditCheckpoint, 'signature'>): object {
  const { organizationId, firstSequence, sequence, hash, newestAt, createdAt, kid } = checkpoint;
  return {
    type: 'checkpoint',
    version: 1,
    organizationId,
    firstSequence,
    sequence,
    hash: hash.toString('hex'),
    newestAt,
    createdAt,
    kid,
  };
}

/** What the signature of a dropped segment's record is over, in canonical form. */
export function droppedStatement(segment: Omit<AuditDroppedSegment, 'signature'>): object {
  const { organizationId, firstSequence, lastSequence, hash, droppedAt, kid } = segment;
  return {
    type: 'dropped',
    version: 1,
    organizationId,
    firstSequence,
    lastSequence,
    hash: hash.toString('hex'),
    droppedAt,
    kid,
  };
}
