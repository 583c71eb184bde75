import type { LimitState } from '#libs/common';

/** The headers that tell a client of its limits and of what is left (draft-ietf-httpapi-ratelimit-headers). */
export function rateLimitHeaders(limits: readonly LimitState[]): Record<string, string> {
  return {
    'RateLimit-Policy': limits
      .map(({ name, limit, windowSeconds }) => `"${name}";q=${limit};w=${windowSeconds}`)
      .join(', '),
    RateLimit: limits
      .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(', '),
  };
}
