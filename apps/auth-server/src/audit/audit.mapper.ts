import {
  type AuditCheckpoint,
  type AuditDroppedSegment,
  type AuditEvent,
  type AuditFilter,
  isRefusal,
  type Verification,
} from '#libs/audit';
import { invalid, type Page } from '#libs/common';
import type { AuditEventAnswer, AuditQuery, ProofAnswer } from './audit.dto.js';
import { toCheckpointRecord, toDroppedRecord } from './seal-records.js';

/** The filter of a query. */
export function fromAuditQuery(query: AuditQuery): AuditFilter {
  const { from, to, action, actor, targetType, targetId, outcome } = query;
  return {
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
    action,
    actor,
    targetType,
    targetId,
    outcome,
  };
}

/** The entry behind which a page begins. @throws DomainError `invalid` for a cursor that is not one of ours */
export function fromAuditCursor(cursor: string | undefined): string {
  if (cursor === undefined) return '0';
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  if (/^e\d{1,18}$/.test(text)) return text.slice(1);
  throw invalid('The cursor is not valid.', [
    { path: 'cursor', message: 'must be the cursor of the Link header of the page before' },
  ]);
}

/** @param events one more than the limit when more follow */
export function toAuditPage(events: readonly AuditEvent[], limit: number): Page<AuditEventAnswer> {
  const items = events.slice(0, limit);
  const last = items.at(-1);
  const hasMore = events.length > limit && last;
  return {
    items: items.map(toAuditEvent),
    nextCursor: hasMore ? Buffer.from(`e${last.sequence}`, 'latin1').toString('base64url') : undefined,
  };
}

/** An event as it is answered. */
function toAuditEvent(event: AuditEvent): AuditEventAnswer {
  return {
    sequence: event.sequence,
    occurredAt: event.occurredAt.toISOString(),
    action: event.action,
    outcome: isRefusal(event.action) ? 'refused' : 'success',
    actor: event.actor,
    actorCredentialId: event.actorCredentialId,
    address: event.address,
    requestId: event.requestId,
    targetType: event.targetType,
    targetId: event.targetId,
    details: event.details,
    hash: event.hash.toString('hex'),
  };
}

/** The proof as it is answered. */
export function toProof(
  { head, first, last, sealedThrough, next, damage }: Verification,
  checkpoints: readonly AuditCheckpoint[],
  dropped: AuditDroppedSegment | null,
  keys: readonly { kid: string; publicKey: Buffer }[],
): ProofAnswer {
  return {
    head: { sequence: head.sequence.toString(), hash: head.hash.toString('hex') },
    checkpoints: checkpoints.map(toCheckpointRecord),
    dropped: dropped ? toDroppedRecord(dropped) : null,
    keys: keys.map(({ kid, publicKey }) => ({ kid, publicKey: publicKey.toString('base64url') })),
    verification: {
      intact: damage === undefined,
      first: first.toString(),
      last: last.toString(),
      sealedThrough: sealedThrough.toString(),
      next: next === undefined ? null : Number(next),
      damage: damage ? { ...damage, sequence: damage.sequence.toString() } : null,
    },
  };
}
