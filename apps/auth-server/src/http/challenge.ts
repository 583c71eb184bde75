import type { Problem } from './problems/problem.js';

const realm = 'realm="clientele"';

/**
 * The `WWW-Authenticate` header that a 401 must carry (RFC 9110 §15.5.2): Basic where a client failed to authenticate
 * (RFC 6749 §5.2), else Bearer, with the `error` only when a token was sent (RFC 6750 §3).
 */
export function challengeOf({ status, code }: Problem): string | undefined {
  if (status === 401) {
    if (code === 'invalid_client') return `Basic ${realm}, charset="UTF-8"`;
    return code === 'invalid_token' ? `Bearer ${realm}, error="invalid_token"` : `Bearer ${realm}`;
  }
  return status === 403 && code === 'insufficient_scope'
    ? `Bearer ${realm}, error="insufficient_scope"`
    : undefined;
}
