import { type Issue, invalid } from '#libs/common';
import type { OrganizationSettings } from '#libs/organizations';
import type { Client } from './client.entity.js';

/** What a caller may say of a client. */
export type ClientDraft = Pick<
  Client,
  | 'clientId'
  | 'name'
  | 'description'
  | 'email'
  | 'enabled'
  | 'grantTypes'
  | 'authenticationMethods'
  | 'roles'
  | 'defaultRolesAssignment'
  | 'scopes'
  | 'authorities'
  | 'audiences'
  | 'redirectUris'
  | 'accessTokenTtlSeconds'
  | 'refreshTokenTtlSeconds'
  | 'attributes'
>;

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

/**
 * The rules that hold for a client on every surface.
 *
 * @param prefix where the draft stands in the request, `[2]`; the paths of issues use the names of ClientDraft
 * @throws DomainError `invalid` with every issue
 */
export function mustBeValidDraft(draft: ClientDraft, settings: OrganizationSettings, prefix: string): void {
  const issues = [...identityIssues(draft), ...lifetimeIssues(draft, settings), ...valueIssues(draft)];
  if (issues.length === 0) return;
  throw invalid(
    'The client is not valid.',
    issues.map(({ path, message }) => ({ path: prefix ? `${prefix}.${path}` : path, message })),
  );
}

function identityIssues(draft: ClientDraft): Issue[] {
  const issues: Issue[] = [];
  if (!clientIdPattern.test(draft.clientId)) {
    issues.push({
      path: 'clientId',
      message: 'must be 1 to 255 printable ASCII characters (RFC 6749, appendix A.1)',
    });
  }
  issues.push(...choiceIssues('grantTypes', draft.grantTypes, clientGrantTypes));
  issues.push(
    ...choiceIssues('authenticationMethods', draft.authenticationMethods, clientAuthenticationMethods),
  );
  if (draft.grantTypes.includes('refresh_token') && !draft.grantTypes.includes('authorization_code')) {
    issues.push({
      path: 'grantTypes',
      message: 'may contain refresh_token only together with authorization_code',
    });
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

function lifetimeIssues(draft: ClientDraft, settings: OrganizationSettings): Issue[] {
  const ceiling = settings.maxAccessTokenTtlSeconds ?? usualMaxAccessTokenTtlSeconds;
  return [
    ...secondsIssues('accessTokenTtlSeconds', draft.accessTokenTtlSeconds, ceiling),
    ...secondsIssues('refreshTokenTtlSeconds', draft.refreshTokenTtlSeconds, longestRefreshTokenTtlSeconds),
  ];
}

function secondsIssues(path: string, seconds: number | null, most: number): Issue[] {
  if (seconds === null || (Number.isInteger(seconds) && seconds >= 1 && seconds <= most)) return [];
  return [{ path, message: `must be null or a whole number of seconds from 1 to ${most}` }];
}

function valueIssues(draft: ClientDraft): Issue[] {
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

function isRedirectUri(uri: string): boolean {
  if (!/^[\x21-\x7e]{1,2000}$/.test(uri) || uri.includes('#')) return false;
  return URL.canParse(uri) && !scriptSchemes.has(new URL(uri).protocol);
}
