import { z } from 'zod';
import type { Issue } from '#libs/common';
import type { ImportedClient, ImportedSecret, ImportNotice } from '#libs/credentials';

/** What a file says, in our words. */
export interface ReadSource {
  readonly clients: readonly ImportedClient[];
  /** Clients of the other server that can be none here; the message is the reason. */
  readonly skipped: readonly ImportNotice[];
  /** What is brought in another form than it had. */
  readonly notices: readonly ImportNotice[];
  /** What cannot be understood; each path begins with a place. */
  readonly issues: readonly Issue[];
}

/** What became of one entry of a file. */
export type Entry =
  | { readonly client: ImportedClient; readonly notices: readonly string[] }
  | { readonly clientId: string; readonly skippedBecause: string };

/** What an entry says of a client, before it is completed. */
export interface EntryFacts {
  readonly clientId: string;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly enabled?: boolean | undefined;
  readonly grantTypes: readonly string[];
  readonly authenticationMethods: readonly string[];
  readonly scopes: readonly string[];
  readonly audiences?: readonly string[];
  readonly redirectUris?: readonly string[];
  readonly accessTokenTtlSeconds?: number | null | undefined;
  readonly secrets: readonly ImportedSecret[];
}

const kept = new Set(['client_credentials', 'authorization_code', 'refresh_token']);

/** Both ways to present a secret at the token endpoint. */
export const eitherMethod = ['client_secret_basic', 'client_secret_post'] as const;

/** The client of an entry, with what is not brought of its grant types. */
export function toEntry(place: string, facts: EntryFacts): Entry {
  const { clientId, secrets } = facts;
  if (!facts.grantTypes.includes('client_credentials'))
    return { clientId, skippedBecause: 'It asks for no tokens of its own (no client_credentials).' };
  const hasCode = facts.grantTypes.includes('authorization_code');
  const grantTypes = distinct(facts.grantTypes).filter(
    (type) => kept.has(type) && (type !== 'refresh_token' || hasCode),
  );
  const lost = distinct(facts.grantTypes).filter((type) => !grantTypes.includes(type));
  const draft = {
    clientId,
    name: facts.name || null,
    description: facts.description || null,
    email: facts.email || null,
    enabled: facts.enabled ?? true,
    grantTypes,
    authenticationMethods: distinct(facts.authenticationMethods),
    scopes: distinct(facts.scopes),
    audiences: distinct(facts.audiences ?? []),
    redirectUris: distinct(facts.redirectUris ?? []),
    accessTokenTtlSeconds: facts.accessTokenTtlSeconds ?? null,
    refreshTokenTtlSeconds: null,
  };
  const notices = lost.length > 0 ? [`Grant types that are left out: ${lost.join(', ')}.`] : [];
  return { client: { place, draft, secrets }, notices };
}

/** Adds a notice to an entry that is no skipped one. */
export function withNotices(entry: Entry, notices: readonly string[]): Entry {
  return 'client' in entry ? { ...entry, notices: [...entry.notices, ...notices] } : entry;
}

/** An entry as it stands in the file. */
export interface PlacedEntry {
  readonly place: string;
  readonly raw: unknown;
}

/** The entries of a list that has a name, `clients[0]`, or none, `[0]`. */
export function placed(list: readonly unknown[], name: string): PlacedEntry[] {
  return list.map((raw, index) => ({ place: `${name}[${index}]`, raw }));
}

/** Reads each entry; one that cannot be understood does not keep the others from being checked. */
export function readEntries<T>(
  entries: Iterable<PlacedEntry>,
  schema: z.ZodType<T>,
  toEntryOf: (parsed: T, place: string) => Entry,
): ReadSource {
  const clients: ImportedClient[] = [];
  const skipped: ImportNotice[] = [];
  const notices: ImportNotice[] = [];
  const issues: Issue[] = [];
  for (const { place, raw } of entries) {
    const parsed = schema.safeParse(raw);
    if (!parsed.success) {
      issues.push(...parsed.error.issues.map((issue) => toIssue(place, issue)));
      continue;
    }
    const entry = toEntryOf(parsed.data, place);
    if ('skippedBecause' in entry) {
      skipped.push({ place, clientId: entry.clientId, message: entry.skippedBecause });
      continue;
    }
    clients.push(entry.client);
    const { clientId } = entry.client.draft;
    notices.push(...entry.notices.map((message) => ({ place, clientId, message })));
  }
  return { clients, skipped, notices, issues };
}

function toIssue(place: string, { path, message }: { path: PropertyKey[]; message: string }): Issue {
  const field = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return { path: `${place}: ${field.replace(/^\./, '') || 'the entry'}`, message };
}

/** A string without control characters, of at most so many characters. */
export function text(longest = 255) {
  return z
    .string({ error: 'must be a string' })
    .refine((value) => [...value].length <= longest, `must have at most ${longest} characters`)
    .refine((value) => !/[^\P{Cc}\t\n\r]/u.test(value), 'must not contain control characters');
}

/** A description: longer than a name. */
export const longText = text(1_000).nullish();

export const flag = z.boolean({ error: 'must be true or false' });

export const texts = z.array(text(2_000), { error: 'must be a list of strings' });

/** A list that is written with blanks between its words. */
export function words(text: string | null | undefined): string[] {
  return (text ?? '').split(/\s+/).filter(Boolean);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
