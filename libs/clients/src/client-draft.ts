import { type Issue, invalid } from '#libs/common';
import type { OrganizationSettings } from '#libs/organizations';
import type { Client } from './client.entity.js';

/**
 * What a caller may say of a client. The optional fields are those that not every surface has: left out, they keep
 * their value, or get the usual one when the client is new.
 */
export type ClientDraft = Pick<
  Client,
  | 'clientId'
  | 'name'
  | 'description'
  | 'enabled'
  | 'grantTypes'
  | 'authenticationMethods'
  | 'scopes'
  | 'redirectUris'
  | 'accessTokenTtlSeconds'
  | 'refreshTokenTtlSeconds'
> &
  Partial<typeof usualFields>;

/** The fields that a surface may leave out, with the values of a new client. */
export const usualFields: Pick<
  Client,
  | 'setupId'
  | 'inheritsGrantTypes'
  | 'email'
  | 'type'
  | 'offlineAccess'
  | 'roles'
  | 'defaultRolesAssignment'
  | 'scopesBoundByOwner'
  | 'authorities'
  | 'audiences'
  | 'tokenQuota'
  | 'authorization'
  | 'allowedNetworks'
  | 'attributes'
> = {
  setupId: null,
  inheritsGrantTypes: false,
  email: null,
  type: 'confidential',
  offlineAccess: false,
  roles: {},
  defaultRolesAssignment: true,
  scopesBoundByOwner: false,
  authorities: [],
  audiences: [],
  tokenQuota: null,
  authorization: {},
  allowedNetworks: null,
  attributes: {},
};

/** A draft in which nothing is left out. */
export type CompleteDraft = ClientDraft & typeof usualFields;

/** Completes a draft with what the client has, or what a new one gets; what other surfaces keep there stays. */
export function completeDraft(
  draft: ClientDraft,
  before: typeof usualFields & Partial<Pick<Client, 'grantTypes'>> = usualFields,
): CompleteDraft {
  const kept = Object.fromEntries(
    Object.keys(usualFields).map((field) => [field, before[field as keyof typeof usualFields]]),
  ) as typeof usualFields;
  // Other grant types than those of its setup are its own.
  const inheritsGrantTypes = before.inheritsGrantTypes && hasSame(draft.grantTypes, before.grantTypes ?? []);
  return {
    ...kept,
    inheritsGrantTypes,
    ...draft,
    attributes: { ...before.attributes, ...draft.attributes },
  };
}

function hasSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one));
}

/** The grant types a client may be registered for. */
export const clientGrantTypes = ['client_credentials', 'authorization_code', 'refresh_token'] as const;

/** The ways a client may prove itself at the token endpoint. */
export const clientAuthenticationMethods = ['client_secret_basic', 'client_secret_post'] as const;

/** The longest lifetime of an access token where an organization sets no ceiling of its own. */
export const usualMaxAccessTokenTtlSeconds = 3600;
const longestRefreshTokenTtlSeconds = 31_536_000;

const clientIdPattern = /^[\x20-\x7e]{1,255}$/;
const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const audiencePattern = /^[\x21-\x7e]{1,255}$/;

/** What the rules depend on besides the draft. */
interface RulesContext {
  readonly settings: OrganizationSettings;
  /** The client as it is; undefined for a new one. */
  readonly before: Client | undefined;
  readonly longestAccessTokenTtlSeconds: number | undefined;
}

/**
 * The rules that hold for a client on every surface.
 *
 * @param prefix where the draft stands in the request, `[2]`; the paths of issues use the names of ClientDraft
 * @throws DomainError `invalid` with every issue
 */
export function mustBeValidDraft(draft: CompleteDraft, context: RulesContext, prefix: string): void {
  const issues = issuesOf(draft, context);
  if (issues.length === 0) return;
  throw invalid(
    'The client is not valid.',
    issues.map(({ path, message }) => ({ path: prefix ? `${prefix}.${path}` : path, message })),
  );
}

/** What is wrong with a new client, by the same rules. */
export function issuesOfNew(draft: ClientDraft, settings: OrganizationSettings): Issue[] {
  const context = { settings, before: undefined, longestAccessTokenTtlSeconds: undefined };
  return issuesOf(completeDraft(draft), context);
}

function issuesOf(draft: CompleteDraft, context: RulesContext): Issue[] {
  return [...identityIssues(draft), ...lifetimeIssues(draft, context), ...valueIssues(draft)];
}

function identityIssues(draft: CompleteDraft): Issue[] {
  const issues: Issue[] = [];
  if (!clientIdPattern.test(draft.clientId)) {
    issues.push({
      path: 'clientId',
      message: 'must be 1 to 255 printable ASCII characters (RFC 6749, appendix A.1)',
    });
  }
  issues.push(...choiceIssues('grantTypes', draft.grantTypes, clientGrantTypes));
  issues.push(...authenticationIssues(draft));
  if (draft.grantTypes.includes('refresh_token') && !draft.grantTypes.includes('authorization_code')) {
    issues.push({
      path: 'grantTypes',
      message: 'may contain refresh_token only together with authorization_code',
    });
  }
  return issues;
}

/** A public client proves nothing; a confidential one must (RFC 6749 §2.1, §4.4). */
function authenticationIssues({ type, authenticationMethods, grantTypes }: CompleteDraft): Issue[] {
  if (type === 'confidential') {
    return choiceIssues('authenticationMethods', authenticationMethods, clientAuthenticationMethods);
  }
  const issues = choiceIssues('authenticationMethods', authenticationMethods, ['none']);
  if (grantTypes.includes('client_credentials')) {
    issues.push({ path: 'grantTypes', message: 'must not contain client_credentials for a public client' });
  }
  return issues;
}

function choiceIssues(path: string, values: readonly string[], choices: readonly string[]): Issue[] {
  const allowed = `must be one of ${choices.join(', ')}`;
  if (values.length === 0) return [{ path, message: `must not be empty; each ${allowed}` }];
  return values.flatMap((value, index) =>
    choices.includes(value) ? [] : [{ path: `${path}[${index}]`, message: allowed }],
  );
}

/** A lifetime that stays as it was is no issue when the ceiling has sunk meanwhile: its tokens are cut to that. */
function lifetimeIssues(draft: CompleteDraft, context: RulesContext): Issue[] {
  const { settings, before, longestAccessTokenTtlSeconds = usualMaxAccessTokenTtlSeconds } = context;
  const ceiling = settings.maxAccessTokenTtlSeconds ?? longestAccessTokenTtlSeconds;
  const stays = before !== undefined && before.accessTokenTtlSeconds === draft.accessTokenTtlSeconds;
  return [
    ...(stays ? [] : secondsIssues('accessTokenTtlSeconds', draft.accessTokenTtlSeconds, ceiling)),
    ...secondsIssues('refreshTokenTtlSeconds', draft.refreshTokenTtlSeconds, longestRefreshTokenTtlSeconds),
  ];
}

function secondsIssues(path: string, seconds: number | null, most: number): Issue[] {
  if (seconds === null || (Number.isInteger(seconds) && seconds >= 1 && seconds <= most)) return [];
  return [{ path, message: `must be null or a whole number of seconds from 1 to ${most}` }];
}

function valueIssues(draft: CompleteDraft): Issue[] {
  return [
    ...patternIssues(
      'scopes',
      draft.scopes,
      scopePattern,
      'must be a scope token of at most 128 characters (RFC 6749 §3.3)',
    ),
    ...patternIssues(
      'audiences',
      draft.audiences,
      audiencePattern,
      'must be 1 to 255 printable ASCII characters without blanks',
    ),
    ...draft.redirectUris.flatMap((uri, index) =>
      isRedirectUri(uri)
        ? []
        : [
            {
              path: `redirectUris[${index}]`,
              message: 'must be an absolute URI without a fragment (RFC 6749 §3.1.2)',
            },
          ],
    ),
  ];
}

function patternIssues(path: string, values: readonly string[], pattern: RegExp, message: string): Issue[] {
  return values.flatMap((value, index) =>
    pattern.test(value) ? [] : [{ path: `${path}[${index}]`, message }],
  );
}

const scriptSchemes = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:']);

/** Whether a client may have the redirect URI (RFC 6749 §3.1.2). */
export function isRedirectUri(uri: string): boolean {
  if (!/^[\x21-\x7e]{1,2000}$/.test(uri) || uri.includes('#')) return false;
  return URL.canParse(uri) && !scriptSchemes.has(new URL(uri).protocol);
}
