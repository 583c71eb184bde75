import { invalid } from './domain-error.js';

/** One page of a list, in the order (created, id); `nextCursor` is there when more follows. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | undefined;
}

/** Where a page begins: just behind the row with this position. */
export interface PagePosition {
  readonly createdAt: Date;
  readonly id: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly after: PagePosition | undefined;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Reads the opaque `cursor` of a list request.
 *
 * @throws DomainError `invalid` when the cursor is not one of ours
 */
export function pageRequest(limit: number, cursor: string | undefined): PageRequest {
  if (cursor === undefined) return { limit, after: undefined };
  const [milliseconds, id] = Buffer.from(cursor, 'base64url').toString('latin1').split('~');
  const createdAt = new Date(Number(milliseconds));
  if (!milliseconds || !id || !uuidPattern.test(id) || Number.isNaN(createdAt.getTime())) {
    throw invalid('The cursor is not valid.', [
      { path: 'cursor', message: 'must be the cursor of the Link header of the page before' },
    ]);
  }
  return { limit, after: { createdAt, id } };
}

/** Makes a page of the rows that a query found when asked for one more than the limit. */
export function pageOf<T extends PagePosition>(rows: readonly T[], limit: number): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = rows.length > limit && last ? cursorOf(last) : undefined;
  return { items, nextCursor };
}

function cursorOf(position: PagePosition): string {
  return Buffer.from(`${position.createdAt.getTime()}~${position.id}`, 'latin1').toString('base64url');
}
