import type { ErrorShape } from './error-shapes.js';
import type { Problem } from './problem.js';

/** Registered `error` values of the endpoints that answer in this shape (IANA OAuth Extensions Error Registry). */
const registeredErrors = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'insufficient_scope',
  'unsupported_token_type',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
]);

/**
 * The errors of the OAuth endpoints (RFC 6749 §5.2): `error` from the registered set, a description in the characters
 * that the RFC allows, never cached.
 */
export const oauthErrorShape: ErrorShape = (problem) => ({
  body: { error: errorOf(problem), error_description: descriptionOf(problem) },
  headers: { 'cache-control': 'no-store', pragma: 'no-cache' },
});

function errorOf({ code, status }: Problem): string {
  if (registeredErrors.has(code)) return code;
  if (status === 401) return 'invalid_client';
  if (status === 403) return 'insufficient_scope';
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

function descriptionOf({ message, issues, status, requestId }: Problem): string {
  const details = issues.map((issue) => ` ${issue.path}: ${issue.message}`).join(';');
  const text = status >= 500 ? `${message} Request id: ${requestId}` : message + details;
  return text.replaceAll('"', "'").replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
}
