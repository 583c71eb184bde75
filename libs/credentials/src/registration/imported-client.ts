import { createHash } from 'node:crypto';
import { type ClientDraft, isRedirectUri, issuesOfNew, usualMaxAccessTokenTtlSeconds } from '#libs/clients';
import type { Issue } from '#libs/common';
import type { OrganizationSettings } from '#libs/organizations';
import { mustKeepToMaxAge } from '../credential-policy.js';
import { ImportedHashError, parseImportedHash } from '../secrets/imported-hash.js';
import { brokenRule } from '../secrets/secret-maker.js';

/** A secret of a client that comes from another server: itself, or the hash that the other server made of it. */
export type ImportedSecret = {
  readonly name: string | null;
  /** Null: never; undefined: as the organization has it. */
  readonly expiresAt?: Date | null | undefined;
} & ({ readonly secret: string } | { readonly hash: string });

/** A client that comes from another server. */
export interface ImportedClient {
  /** Where it stands in its file: `line 3`, `clients[7]`. */
  readonly place: string;
  readonly draft: ClientDraft;
  /** None: it gets its first one later. */
  readonly secrets: readonly ImportedSecret[];
}

/** Something that whoever imports should know of a client. */
export interface ImportNotice {
  readonly place: string;
  readonly clientId: string;
  readonly message: string;
}

/** What the rules of an import depend on. */
export interface ImportRules {
  readonly settings: OrganizationSettings;
  readonly maxCredentialsPerClient: number;
  readonly now: Date;
}

/** The client as it can be here: what only differs is made to fit, and told. */
export function fitClient(
  client: ImportedClient,
  { settings, now }: ImportRules,
): { client: ImportedClient; notices: ImportNotice[] } {
  const messages: string[] = [];
  const { draft } = client;
  const longest = settings.maxAccessTokenTtlSeconds ?? usualMaxAccessTokenTtlSeconds;
  let { accessTokenTtlSeconds } = draft;
  if (accessTokenTtlSeconds !== null && accessTokenTtlSeconds > longest) {
    messages.push(`Its tokens lived for ${accessTokenTtlSeconds} s; here they may for ${longest} s.`);
    accessTokenTtlSeconds = longest;
  }
  const redirectUris = draft.redirectUris.filter(isRedirectUri);
  const lost = draft.redirectUris.length - redirectUris.length;
  if (lost > 0) messages.push(`${lost} of its redirect URIs are no absolute URIs and are left out.`);
  const secrets = client.secrets.filter(({ expiresAt }) => !expiresAt || expiresAt > now);
  if (secrets.length < client.secrets.length) messages.push('A secret that has expired is left out.');
  if (secrets.length === 0)
    messages.push('It comes without a secret: give it a credential before it is to be used.');
  return {
    client: { ...client, draft: { ...draft, accessTokenTtlSeconds, redirectUris }, secrets },
    notices: messages.map((message) => ({ place: client.place, clientId: draft.clientId, message })),
  };
}

/** What is wrong with a client, in the words for whoever has the file; a secret is never repeated. */
export function issuesOfImported({ place, draft, secrets }: ImportedClient, rules: ImportRules): Issue[] {
  const issues = issuesOfNew(draft, rules.settings);
  if (secrets.length > rules.maxCredentialsPerClient) {
    const message = `must be at most ${rules.maxCredentialsPerClient}: so many credentials may a client have`;
    issues.push({ path: 'secrets', message });
  }
  for (const secret of secrets) issues.push(...issuesOfSecret(secret, rules));
  return issues.map(({ path, message }) => ({ path: `${place}: ${path}`, message }));
}

function issuesOfSecret(secret: ImportedSecret, { settings, now }: ImportRules): Issue[] {
  const issues: Issue[] = [];
  if ('secret' in secret) {
    const message = brokenRule(secret.secret);
    if (message) issues.push({ path: 'secret', message });
  } else {
    const message = whatIsWrongWith(secret.hash);
    if (message) issues.push({ path: 'the hash', message });
  }
  if (secret.expiresAt !== undefined) issues.push(...issuesOfEnd(secret.expiresAt, settings, now));
  return issues;
}

function whatIsWrongWith(hash: string): string | undefined {
  try {
    parseImportedHash(hash);
    return undefined;
  } catch (error) {
    if (error instanceof ImportedHashError) return error.message;
    throw error;
  }
}

function issuesOfEnd(expiresAt: Date | null, settings: OrganizationSettings, now: Date): readonly Issue[] {
  try {
    mustKeepToMaxAge(expiresAt, settings, now);
    return [];
  } catch (error) {
    return (error as { issues?: readonly Issue[] }).issues ?? [];
  }
}

/**
 * Tells whether a client was imported before from the same entry. Nothing secret goes into it, so it tells nothing of
 * a secret that has changed.
 */
export function fingerprintOf({ draft }: ImportedClient): string {
  const members = Object.entries(draft).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url').slice(0, 22);
}
