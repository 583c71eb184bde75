import type { LimitState } from '#libs/common';

/** The headers that tell a client of its limits and of what is left, names in lower case (draft-ietf-httpapi-ratelimit-headers). */
export function rateLimitHeaders(limits: readonly LimitState[]): Record<string, string> {
  return {
    'ratelimit-policy': limits
      .map(({ name, limit, windowSeconds }) => `"${name}";q=${limit};w=${windowSeconds}`)
      .join(', '),
    ratelimit: limits
      .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(', '),
  };
}
