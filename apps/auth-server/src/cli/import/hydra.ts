import { z } from 'zod';
import type { ImportedSecret } from '#libs/credentials';
import {
  type Entry,
  placed,
  type ReadSource,
  readEntries,
  text,
  toEntry,
  withNotices,
  words,
} from './source.js';

const list = z.union([z.array(text(2_000)), text(100_000)], { error: 'must be a list of strings' }).nullish();
const lifespan = z.union([text(), z.number()], { error: 'must be a duration' }).nullish();

/** What we read of a client: by the names of the API, or those of the columns of its table. */
const clientSchema = z
  .object(
    {
      client_id: text().nullish(),
      id: text().nullish(),
      client_name: text().nullish(),
      client_secret: text(1_024).nullish(),
      client_secret_expires_at: z.number({ error: 'must be a number of seconds' }).nullish(),
      scope: text(100_000).nullish(),
      audience: list,
      grant_types: list,
      redirect_uris: list,
      token_endpoint_auth_method: text().nullish(),
      client_credentials_grant_access_token_lifespan: lifespan,
    },
    { error: 'must be a client' },
  )
  .refine(({ client_id, id }) => client_id || id, { path: ['client_id'], message: 'must not be missing' });

type HydraClient = z.infer<typeof clientSchema>;

/** Reads a list of clients, bare or as `items` or `clients`. Undefined: it is none. */
export function readHydra(content: unknown): ReadSource | undefined {
  const { items, clients } = (content ?? {}) as { items?: unknown; clients?: unknown };
  const [found, name] = Array.isArray(content)
    ? [content, '']
    : Array.isArray(items)
      ? [items, 'items']
      : [clients, 'clients'];
  if (!Array.isArray(found)) return undefined;
  return readEntries(placed(found, name), clientSchema, toEntryOf);
}

function toEntryOf(client: HydraClient, place: string): Entry {
  const clientId = (client.client_id || client.id) as string;
  const method = client.token_endpoint_auth_method || 'client_secret_basic';
  if (method === 'none') return { clientId, skippedBecause: 'It is public: it has no secret.' };
  if (!method.startsWith('client_secret_') || method === 'client_secret_jwt')
    return { clientId, skippedBecause: `It proves itself by ${method} and not by a secret.` };
  const scopes = words(client.scope);
  const entry = toEntry(place, {
    clientId,
    name: client.client_name,
    grantTypes: toList(client.grant_types),
    authenticationMethods: [method],
    scopes,
    audiences: toList(client.audience),
    redirectUris: toList(client.redirect_uris),
    accessTokenTtlSeconds: toSeconds(client.client_credentials_grant_access_token_lifespan),
    secrets: secretsOf(client),
  });
  const wildcards = scopes.filter((scope) => scope.includes('*'));
  return wildcards.length > 0
    ? withNotices(entry, [`A scope with * matches nothing but itself here: ${wildcards.join(', ')}.`])
    : entry;
}

/** The table has the hash; only the answer to a create has the secret itself. */
function secretsOf({
  client_secret: value,
  client_secret_expires_at: seconds,
}: HydraClient): ImportedSecret[] {
  if (!value) return [];
  const expiresAt = seconds ? new Date(seconds * 1000) : undefined;
  return [{ name: null, expiresAt, ...(value.startsWith('$') ? { hash: value } : { secret: value }) }];
}

/** A list, its JSON in a column of text, or the older column with bars between the values. */
function toList(value: readonly string[] | string | null | undefined): string[] {
  if (!value) return [];
  if (typeof value !== 'string') return [...value];
  if (!value.startsWith('[')) return value.split('|').filter(Boolean);
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed.filter((item) => typeof item === 'string') : [];
  } catch {
    return [];
  }
}

const secondsOfUnit: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** `1h30m0s` as the API has it, or the nanoseconds of the table. */
function toSeconds(value: string | number | null | undefined): number | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value === 'number') return Math.floor(value / 1e9) || undefined;
  let seconds = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g))
    seconds += Number(amount) * (secondsOfUnit[unit as string] as number);
  return Math.floor(seconds) || undefined;
}
