import type { AuditCheckpoint, AuditDroppedSegment } from '#libs/audit';

/** A checkpoint as it is exported: with everything that its signature is over. */
export function toCheckpointRecord(checkpoint: AuditCheckpoint): CheckpointRecord {
  return {
    organizationId: checkpoint.organizationId,
    firstSequence: checkpoint.firstSequence,
    sequence: checkpoint.sequence,
    hash: checkpoint.hash.toString('hex'),
    newestAt: checkpoint.newestAt.toISOString(),
    createdAt: checkpoint.createdAt.toISOString(),
    kid: checkpoint.kid,
    signature: checkpoint.signature.toString('base64url'),
  };
}

/** The JSON of a checkpoint. */
export interface CheckpointRecord {
  readonly organizationId: string;
  readonly firstSequence: string;
  readonly sequence: string;
  readonly hash: string;
  readonly newestAt: string;
  readonly createdAt: string;
  readonly kid: string;
  readonly signature: string;
}

/** The inverse of toCheckpointRecord; undefined for anything that is none. */
export function fromCheckpointRecord(record: unknown): AuditCheckpoint | undefined {
  const texts = record as Record<string, unknown> | null;
  const names = [
    'organizationId',
    'firstSequence',
    'sequence',
    'hash',
    'newestAt',
    'createdAt',
    'kid',
    'signature',
  ];
  if (typeof texts !== 'object' || !texts || !names.every((name) => typeof texts[name] === 'string'))
    return undefined;
  const known = texts as unknown as CheckpointRecord;
  if (![known.firstSequence, known.sequence].every((text) => /^\d{1,19}$/.test(text))) return undefined;
  return {
    organizationId: known.organizationId,
    firstSequence: known.firstSequence,
    sequence: known.sequence,
    hash: Buffer.from(known.hash, 'hex'),
    newestAt: new Date(known.newestAt),
    createdAt: new Date(known.createdAt),
    kid: known.kid,
    signature: Buffer.from(known.signature, 'base64url'),
  };
}

/** The inverse of toDroppedRecord, of the chain that it is about; undefined for anything that is none. */
export function fromDroppedRecord(record: unknown, organizationId: string): AuditDroppedSegment | undefined {
  const texts = record as Record<string, unknown> | null;
  const names = ['firstSequence', 'lastSequence', 'hash', 'droppedAt', 'kid', 'signature'];
  if (typeof texts !== 'object' || !texts || !names.every((name) => typeof texts[name] === 'string'))
    return undefined;
  const known = texts as unknown as ReturnType<typeof toDroppedRecord>;
  return {
    organizationId,
    firstSequence: known.firstSequence,
    lastSequence: known.lastSequence,
    hash: Buffer.from(known.hash, 'hex'),
    droppedAt: new Date(known.droppedAt),
    kid: known.kid,
    signature: Buffer.from(known.signature, 'base64url'),
  };
}

/** What stands for dropped entries, as it is answered. */
export function toDroppedRecord(segment: AuditDroppedSegment) {
  return {
    firstSequence: segment.firstSequence,
    lastSequence: segment.lastSequence,
    hash: segment.hash.toString('hex'),
    droppedAt: segment.droppedAt.toISOString(),
    kid: segment.kid,
    signature: segment.signature.toString('base64url'),
  };
}
