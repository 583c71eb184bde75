import { z } from 'zod';
import type { ImportedSecret } from '#libs/credentials';
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

/** What we read of a client in the export of a realm (ClientRepresentation of its admin API). */
const clientSchema = z.object(
  {
    clientId: text(),
    name: text().nullish(),
    description: longText,
    enabled: flag.nullish(),
    protocol: text().nullish(),
    publicClient: flag.nullish(),
    bearerOnly: flag.nullish(),
    serviceAccountsEnabled: flag.nullish(),
    standardFlowEnabled: flag.nullish(),
    clientAuthenticatorType: text().nullish(),
    secret: text(1_024).nullish(),
    redirectUris: texts.nullish(),
    defaultClientScopes: texts.nullish(),
    optionalClientScopes: texts.nullish(),
    attributes: z.record(z.string(), z.unknown()).nullish(),
  },
  { error: 'must be a client' },
);

type KeycloakClient = z.infer<typeof clientSchema>;

/** The scopes that every realm has: they shape the tokens of people, and say nothing of what a machine may do. */
const scopesOfEveryRealm = new Set([
  'acr',
  'address',
  'basic',
  'email',
  'microprofile-jwt',
  'offline_access',
  'organization',
  'phone',
  'profile',
  'role_list',
  'roles',
  'saml_organization',
  'service_account',
  'web-origins',
]);

/** Reads the export of one realm, or the list of its clients. Undefined: it is neither. */
export function readKeycloak(content: unknown): ReadSource | undefined {
  const clients = Array.isArray(content) ? content : (content as { clients?: unknown } | null)?.clients;
  if (!Array.isArray(clients)) return undefined;
  const name = Array.isArray(content) ? '' : 'clients';
  return readEntries(placed(clients, name), clientSchema, toEntryOf);
}

function toEntryOf(client: KeycloakClient, place: string): Entry {
  const { clientId } = client;
  const skippedBecause = whyNot(client);
  if (skippedBecause) return { clientId, skippedBecause };
  const scopes = [...(client.defaultClientScopes ?? []), ...(client.optionalClientScopes ?? [])];
  const entry = toEntry(place, {
    clientId,
    name: client.name,
    description: client.description,
    enabled: client.enabled ?? true,
    grantTypes: ['client_credentials', ...(client.standardFlowEnabled ? ['authorization_code'] : [])],
    authenticationMethods: eitherMethod,
    scopes: scopes.filter((scope) => !scopesOfEveryRealm.has(scope)),
    redirectUris: client.redirectUris ?? [],
    accessTokenTtlSeconds: secondsOf(client, 'access.token.lifespan'),
    secrets: secretsOf(client),
  });
  return isHidden(client.secret)
    ? withNotices(entry, ['The file hides its secret: export the realm with bin/kc.sh export.'])
    : entry;
}

function whyNot(client: KeycloakClient): string | undefined {
  const { protocol, clientAuthenticatorType: proof } = client;
  if (protocol && protocol !== 'openid-connect') return `It speaks ${protocol}.`;
  if (client.bearerOnly) return 'It is bearer-only: it gets no tokens.';
  if (client.publicClient) return 'It is public: it has no secret.';
  if (!client.serviceAccountsEnabled) return 'It has no service account: it asks for no tokens of its own.';
  if (proof && proof !== 'client-secret') return `It proves itself by ${proof} and not by a secret.`;
  return undefined;
}

/** Its secret, and the one before it while a rotation lets both work. */
function secretsOf(client: KeycloakClient): ImportedSecret[] {
  const secrets: ImportedSecret[] = [];
  if (client.secret && !isHidden(client.secret)) {
    const expiresAt = momentOf(client, 'client.secret.expiration.time');
    secrets.push({ name: null, secret: client.secret, expiresAt });
  }
  const rotated = client.attributes?.['client.secret.rotated'];
  const until = momentOf(client, 'client.secret.rotated.expiration.time');
  if (typeof rotated === 'string' && rotated && !isHidden(rotated) && until)
    secrets.push({ name: 'rotated', secret: rotated, expiresAt: until });
  return secrets;
}

/** The console's export has asterisks in its place, a vault a reference. */
function isHidden(secret: string | null | undefined): boolean {
  return /^(\*+|\$\{vault\..*\})$/.test(secret ?? '');
}

/** Attributes are strings, whatever they mean. */
function secondsOf({ attributes }: KeycloakClient, name: string): number | undefined {
  const seconds = Number(attributes?.[name] ?? 0);
  return Number.isInteger(seconds) && seconds > 0 ? seconds : undefined;
}

function momentOf(client: KeycloakClient, name: string): Date | undefined {
  const seconds = secondsOf(client, name);
  return seconds === undefined || seconds > 1e11 ? undefined : new Date(seconds * 1000);
}
