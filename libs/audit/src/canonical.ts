import { createHash } from 'node:crypto';
import type { AuditEvent } from './audit-event.entity.js';

/** The hash before an organization's first event. */
export const chainStart = Buffer.alloc(32);

/** What an event says, apart from its place in the chain. */
export type AuditFacts = Omit<AuditEvent, 'hash'>;

/** The hash that chains an event to the one before it. */
export function chainHash(previous: Buffer, event: AuditFacts): Buffer {
  return createHash('sha256')
    .update(previous)
    .update(canonicalJson({ version: 1, ...event }))
    .digest();
}

/** JSON with sorted keys and no white space, so that equal facts have equal bytes (RFC 8785 for our types). */
export function canonicalJson(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}
