import { z } from 'zod';
import {
  type Entry,
  eitherMethod,
  flag,
  longText,
  placed,
  type ReadSource,
  readEntries,
  text,
  texts,
  toEntry,
  withNotices,
} from './source.js';

/** What we read of an application (GET /api/v2/clients, or the export of its deploy tool with identifiers). */
const clientSchema = z.object(
  {
    client_id: text(),
    name: text().nullish(),
    description: longText,
    client_secret: text(1_024).nullish(),
    app_type: text().nullish(),
    global: flag.nullish(),
    grant_types: texts.nullish(),
    callbacks: texts.nullish(),
    token_endpoint_auth_method: text().nullish(),
    client_authentication_methods: z.record(z.string(), z.unknown()).nullish(),
  },
  { error: 'must be a client' },
);

/** Which scopes of which API a client may have. */
const grantSchema = z.object({ client_id: text(), audience: text(), scope: texts.nullish() });

type Auth0Client = z.infer<typeof clientSchema>;
type Grant = z.infer<typeof grantSchema>;

/** Reads a list of clients, or an object with `clients` and, if they are there, `clientGrants`. Undefined: neither. */
export function readAuth0(content: unknown): ReadSource | undefined {
  const members = (Array.isArray(content) ? { clients: content } : (content ?? {})) as Record<
    string,
    unknown
  >;
  if (!Array.isArray(members['clients'])) return undefined;
  const grants = z
    .array(grantSchema, { error: 'must be a list of client grants' })
    .safeParse(members['clientGrants'] ?? members['client_grants'] ?? []);
  const name = Array.isArray(content) ? '' : 'clients';
  const read = readEntries(placed(members['clients'], name), clientSchema, (client, place) =>
    toEntryOf(client, place, grants.success ? grants.data : []),
  );
  if (grants.success) return read;
  const issues = grants.error.issues.map(({ path, message }) => ({
    path: `clientGrants: ${path.join('.')}`,
    message,
  }));
  return { ...read, issues: [...read.issues, ...issues] };
}

function toEntryOf(client: Auth0Client, place: string, grants: readonly Grant[]): Entry {
  const { client_id: clientId, token_endpoint_auth_method: method } = client;
  if (client.global) return { clientId, skippedBecause: 'It stands for the whole tenant and is no client.' };
  if (method === 'none') return { clientId, skippedBecause: 'It is public: it has no secret.' };
  const proof = Object.keys(client.client_authentication_methods ?? {})[0];
  if (proof) return { clientId, skippedBecause: `It proves itself by ${proof} and not by a secret.` };
  const own = grants.filter((grant) => grant.client_id === clientId || grant.client_id === client.name);
  const usual = client.app_type === 'non_interactive' ? ['client_credentials'] : [];
  const entry = toEntry(place, {
    clientId,
    name: client.name,
    description: client.description,
    grantTypes: client.grant_types ?? usual,
    authenticationMethods: eitherMethod,
    scopes: own.flatMap(({ scope }) => scope ?? []),
    audiences: own.map(({ audience }) => audience),
    redirectUris: client.callbacks ?? [],
    secrets: client.client_secret ? [{ name: null, secret: client.client_secret }] : [],
  });
  return own.length > 1
    ? withNotices(entry, [
        `Its grants for ${own.length} audiences become one list of scopes for all of them.`,
      ])
    : entry;
}
