import type { Client, ClientDraft } from '#libs/clients';
import { DomainError, type Issue, invalid } from '#libs/common';
import type {
  ClientWithUse,
  RegisteredClient,
  RegisteredWithSecret,
  RegistrationDraft,
} from '#libs/credentials';
import type { IssuedToken } from '#libs/tokens';
import {
  type AccessType,
  type CreatedOAuthClient,
  defaultScope,
  type GrantType,
  grantTypes,
  longestAccessTokenSeconds,
  type OAuthClientAnswer,
  type OAuthClientBody,
} from './oauth-clients.dto.js';

/** Under this name our clients keep what only this surface gives back. */
export const surfaceName = 'oauth-clients';

const usualRefreshTokenSeconds = 86_400;

/** What is kept with a client for this surface alone. */
interface OwnAttributes {
  readonly businessName: string | null;
  readonly homepageUrl: string | null;
  readonly internal: boolean;
  readonly strongAuthSupported: boolean;
  readonly claimsSupported: boolean;
}

/**
 * The client that a body asks for. It has no roles: its rights are those scopes that its owner has too.
 *
 * @throws DomainError `invalid` when the fields do not fit together
 */
export function fromOAuthClient(body: OAuthClientBody, clientId: string): RegistrationDraft {
  mustFitTogether(body);
  const isPublic = body.type === 'PUBLIC';
  return {
    draft: {
      ...toDraftFields(body),
      clientId,
      type: isPublic ? 'public' : 'confidential',
      authenticationMethods: isPublic ? ['none'] : ['client_secret_basic', 'client_secret_post'],
      scopes: body.scope?.length ? body.scope : [defaultScope],
      scopesBoundByOwner: true,
      roles: {},
      defaultRolesAssignment: false,
      attributes: { [surfaceName]: { ...toAttributes(body) } },
    },
    path: '',
    secret: undefined,
    credential: { form: 'hex' },
    longestAccessTokenTtlSeconds: longestAccessTokenSeconds,
  };
}

/** The facts of a body that are facts about a client wherever it was made. */
export function toDraftFields(
  body: OAuthClientBody,
): Omit<ClientDraft, 'clientId' | 'authenticationMethods' | 'scopes'> {
  const usualRefresh = body.grantTypes.includes('REFRESH_TOKEN') ? usualRefreshTokenSeconds : 0;
  return {
    name: body.name,
    description: body.description,
    enabled: body.enabled,
    grantTypes: body.grantTypes.map((grantType) => grantType.toLowerCase()),
    redirectUris: body.redirectUris ?? [],
    offlineAccess: body.accessType === 'OFFLINE',
    accessTokenTtlSeconds: body.accessTokenValiditySeconds,
    refreshTokenTtlSeconds: (body.refreshTokenValiditySeconds ?? usualRefresh) || null,
  };
}

/** The facts of a body that mean something on this surface alone. */
export function toAttributes(body: OAuthClientBody): OwnAttributes {
  return {
    businessName: body.businessName ?? null,
    homepageUrl: body.homepageUrl ?? null,
    internal: body.internal ?? false,
    strongAuthSupported: body.strongAuthSupported ?? false,
    claimsSupported: body.claimsSupported ?? false,
  };
}

/** @throws DomainError `invalid` with the rules that tie fields to one another */
export function mustFitTogether(body: OAuthClientBody): void {
  const has = (grantType: GrantType) => body.grantTypes.includes(grantType);
  const issues: Issue[] = [];
  if (body.type === 'PUBLIC' && has('CLIENT_CREDENTIALS')) {
    issues.push({ path: 'grantTypes', message: 'must not contain CLIENT_CREDENTIALS for a PUBLIC client' });
  }
  if (has('REFRESH_TOKEN') && !has('AUTHORIZATION_CODE')) {
    const message = 'may contain REFRESH_TOKEN only together with AUTHORIZATION_CODE';
    issues.push({ path: 'grantTypes', message });
  }
  if (has('AUTHORIZATION_CODE') && !body.redirectUris?.length) {
    issues.push({ path: 'redirectUris', message: 'must have at least one URI with AUTHORIZATION_CODE' });
  }
  if (has('REFRESH_TOKEN') && body.refreshTokenValiditySeconds === 0) {
    issues.push({ path: 'refreshTokenValiditySeconds', message: 'must be at least 1 with REFRESH_TOKEN' });
  }
  if (issues.length > 0) throw invalid('The body is not valid.', issues);
}

/** A client with its secret, in the key order of the document. */
export function toCreatedOAuthClient({ client, secret }: RegisteredWithSecret): CreatedOAuthClient {
  return { id: client.clientId, secret, ...rest(client, 0) };
}

/**
 * A client as it is answered. One that was made elsewhere lacks a few things: its name is then its id, its lifetime
 * the one that is in force.
 *
 * @param usualSeconds how long the tokens of a client live that sets no lifetime of its own
 */
export function toOAuthClient(
  { client, lastUsedAt }: ClientWithUse,
  usualSeconds: number,
): OAuthClientAnswer {
  return {
    id: client.clientId,
    secret: null,
    ...rest(client, usualSeconds),
    lastUsed: lastUsedAt?.toISOString() ?? null,
    metadata: null,
  };
}

/** What the token endpoint adds for a client of this surface. */
export function toTokenMembers(client: RegisteredClient, { jti }: IssuedToken): Record<string, unknown> {
  const { internal, strongAuthSupported } = attributesOf(client);
  return {
    accessType: accessTypeOf(client),
    tenant_id: client.organization.customerId,
    internal,
    strong_auth_supported: strongAuthSupported,
    jti,
  };
}

function rest(client: Client, usualSeconds: number): Omit<CreatedOAuthClient, 'id' | 'secret'> {
  const own = attributesOf(client);
  const usualRefresh = client.grantTypes.includes('refresh_token') ? usualRefreshTokenSeconds : 0;
  return {
    businessName: own.businessName,
    homepageUrl: own.homepageUrl,
    name: client.name ?? client.clientId,
    description: client.description ?? '',
    accessTokenValiditySeconds: client.accessTokenTtlSeconds ?? usualSeconds,
    refreshTokenValiditySeconds: client.refreshTokenTtlSeconds ?? usualRefresh,
    redirectUris: client.redirectUris,
    grantTypes: client.grantTypes.flatMap(toGrantType),
    accessType: accessTypeOf(client),
    type: client.type === 'public' ? 'PUBLIC' : 'CONFIDENTIAL',
    internal: own.internal,
    enabled: client.enabled,
    strongAuthSupported: own.strongAuthSupported,
    claimsSupported: own.claimsSupported,
    created: client.createdAt.toISOString(),
    modified: client.updatedAt.toISOString(),
    scope: client.scopes,
  };
}

function attributesOf({ attributes }: Pick<Client, 'attributes'>): OwnAttributes {
  const own = attributes[surfaceName] as Partial<OwnAttributes> | undefined;
  return {
    businessName: own?.businessName ?? null,
    homepageUrl: own?.homepageUrl ?? null,
    internal: own?.internal ?? false,
    strongAuthSupported: own?.strongAuthSupported ?? false,
    claimsSupported: own?.claimsSupported ?? false,
  };
}

function accessTypeOf({ offlineAccess }: Pick<Client, 'offlineAccess'>): AccessType {
  return offlineAccess ? 'OFFLINE' : 'ONLINE';
}

/** Grant types that the document does not know are not shown. */
function toGrantType(name: string): GrantType[] {
  const upper = name.toUpperCase();
  return grantTypes.filter((known) => known === upper);
}

/** The names of this surface, and which of the domain's each of them is. */
export const draftFields = {
  name: 'name',
  description: 'description',
  enabled: 'enabled',
  grantTypes: 'grantTypes',
  redirectUris: 'redirectUris',
  accessType: 'offlineAccess',
  accessTokenValiditySeconds: 'accessTokenTtlSeconds',
  refreshTokenValiditySeconds: 'refreshTokenTtlSeconds',
} as const;

const wireNames = new Map<string, string>([
  ...Object.entries(draftFields).map(([wire, field]) => [field, wire] as const),
  ['scopes', 'scope'],
]);

/** Does a piece of the domain's work, and tells what is wrong in the words of this surface. */
export async function inWireNames<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof DomainError) || error.issues.length === 0) throw error;
    const issues = error.issues.map(({ path, message }) => ({
      path: path.replace(/^\w+/, (name) => wireNames.get(name) ?? name),
      message,
    }));
    throw new DomainError(error.kind, error.message, { code: error.code, issues, cause: error });
  }
}
