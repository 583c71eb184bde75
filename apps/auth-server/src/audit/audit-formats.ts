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

/** RFC 4180 §2; a leading quote keeps a spreadsheet from running text of a caller as a formula. */
function toCell(value: unknown): string {
  const plain = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
  const text = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
