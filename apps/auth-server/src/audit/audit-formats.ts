import type { AuditEvent } from '#libs/audit';

/** How a file of events is written. */
export interface AuditFormat {
  /** Lines before the first event, with their ends. */
  readonly head: readonly string[];
  line(event: AuditEvent): string;
  readonly mediaType: string;
}

const columns = [
  'sequence',
  'occurredAt',
  'action',
  'actor',
  'actorCredentialId',
  'address',
  'requestId',
  'targetType',
  'targetId',
  'details',
  'organizationId',
  'hash',
] as const satisfies readonly (keyof AuditEvent)[];

/** The formats by the names that the command line knows them by. */
export const auditFormats = {
  jsonl: { mediaType: 'application/x-ndjson', head: [], line: (event) => JSON.stringify(toRecord(event)) },
  csv: {
    mediaType: 'text/csv; charset=utf-8; header=present',
    head: [`${columns.join(',')}\n`],
    line: (event) => Object.values(toRecord(event)).map(toCell).join(','),
  },
} satisfies Record<string, AuditFormat>;

export function isAuditFormat(text: string): text is keyof typeof auditFormats {
  return Object.hasOwn(auditFormats, text);
}

/** The whole file, piece by piece. */
export async function* linesOf(
  events: AsyncIterable<AuditEvent>,
  format: AuditFormat,
): AsyncGenerator<string> {
  yield* format.head;
  for await (const event of events) yield `${format.line(event)}\n`;
}

function toRecord(event: AuditEvent): Record<string, unknown> {
  const facts = { ...event, occurredAt: event.occurredAt.toISOString(), hash: event.hash.toString('hex') };
  return Object.fromEntries(columns.map((column) => [column, facts[column]]));
}

/** The inverse of a line of JSON; undefined for anything that is none. */
export function fromRecord(record: unknown): AuditEvent | undefined {
  if (typeof record !== 'object' || record === null) return undefined;
  const { occurredAt, hash, sequence, ...facts } = record as Record<string, unknown>;
  if (typeof occurredAt !== 'string' || typeof hash !== 'string') return undefined;
  if (typeof sequence !== 'string' || !/^\d{1,19}$/.test(sequence)) return undefined;
  if (Number.isNaN(Date.parse(occurredAt))) return undefined;
  // What is missing or strange among the rest gives another hash.
  return {
    ...facts,
    sequence,
    occurredAt: new Date(occurredAt),
    hash: Buffer.from(hash, 'hex'),
  } as AuditEvent;
}

/** RFC 4180 §2; a leading quote keeps a spreadsheet from running text of a caller as a formula. */
function toCell(value: unknown): string {
  const plain = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
  const text = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
