import { z } from 'zod';
import type { ImportedSecret } from '#libs/credentials';
import { isMoment } from '../../http/fields/values.js';
import { type CsvRow, parseCsv } from './csv-parser.js';
import { type Entry, eitherMethod, type ReadSource, readEntries, text, toEntry, words } from './source.js';

const yesOrNo = text().refine((value) => /^(true|false|1|0|yes|no)?$/i.test(value), 'must be true or false');
const moment = text().refine(
  (value) => value === '' || isMoment(value),
  'must be an ISO 8601 date and time with an offset, such as 2030-01-31T12:00:00Z',
);
const seconds = text().refine((value) => /^\d{0,9}$/.test(value), 'must be a whole number of seconds');

/** The columns; all but the first may be left out, and so may the cell. Lists have blanks between their words. */
const columns = {
  client_id: text().min(1, 'must not be empty'),
  name: text(),
  description: text(1_000),
  email: text(254).refine((value) => /^([^\s@]+@[^\s@]+)?$/.test(value), 'must be an e-mail address'),
  enabled: yesOrNo,
  secret: text(1_024),
  secret_hash: text(1_024),
  expires_at: moment,
  scopes: text(100_000),
  audiences: text(100_000),
  redirect_uris: text(100_000),
  grant_types: text(),
  auth_methods: text(),
  access_token_ttl_seconds: seconds,
};

type Row = Partial<Record<keyof typeof columns, string | undefined>>;

const rowSchema = z
  .object(columns, { error: 'must have as many cells as the head' })
  .partial()
  .refine(({ secret, secret_hash }) => !(secret && secret_hash), {
    path: ['secret_hash'],
    message: 'must be empty where there is a secret',
  });

type Column = keyof typeof columns;

/** Reads clients, one a row, under a row with the names of the columns. @throws CsvError */
export function readCsv(content: string): ReadSource {
  const rows = parseCsv(content);
  const { value: head } = rows.next();
  const names = (head?.cells ?? []).map((name: string) => name.trim().toLowerCase());
  const complaint = complaintAbout(names);
  if (complaint) {
    const issue = { path: `line ${head?.line ?? 1}: the head`, message: complaint };
    return { clients: [], skipped: [], notices: [], issues: [issue] };
  }
  return readEntries(
    Array.from(rows, (row) => ({ place: `line ${row.line}`, raw: toRecord(row, names) })),
    rowSchema,
    toEntryOf,
  );
}

function complaintAbout(names: readonly string[]): string | undefined {
  const known = Object.keys(columns);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) return `must name no other columns than ${known.join(', ')}`;
  if (!names.includes('client_id')) return 'must name the column client_id';
  return new Set(names).size < names.length ? 'must name no column twice' : undefined;
}

/** A row with more or fewer cells than the head is no record: nobody knows which one is missing. */
function toRecord({ cells }: CsvRow, names: readonly string[]): Record<string, string> | number {
  if (cells.length !== names.length) return cells.length;
  return Object.fromEntries(names.map((name, index) => [name, cells[index] as string]));
}

function toEntryOf(row: Row, place: string): Entry {
  const { secret, secret_hash: hash, enabled, access_token_ttl_seconds: ttl } = row;
  const expiresAt = row.expires_at ? new Date(row.expires_at) : undefined;
  const secrets: ImportedSecret[] = [];
  if (secret) secrets.push({ name: null, expiresAt, secret });
  if (hash) secrets.push({ name: null, expiresAt, hash });
  return toEntry(place, {
    clientId: row.client_id as string,
    name: row.name,
    description: row.description,
    email: row.email,
    enabled: !enabled || /^(true|1|yes)$/i.test(enabled),
    grantTypes: orUsual(row, 'grant_types', ['client_credentials']),
    authenticationMethods: orUsual(row, 'auth_methods', eitherMethod),
    scopes: words(row.scopes),
    audiences: words(row.audiences),
    redirectUris: words(row.redirect_uris),
    accessTokenTtlSeconds: ttl ? Number(ttl) : null,
    secrets,
  });
}

function orUsual(row: Row, column: Column, usual: readonly string[]): readonly string[] {
  const given = words(row[column]);
  return given.length > 0 ? given : usual;
}
