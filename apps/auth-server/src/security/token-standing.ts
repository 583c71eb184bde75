import type { IssuedToken } from '#libs/tokens';
import { rateLimitHeaders } from '../http/rate-limit-headers.js';

/** Tells a client that it need not have asked: its last token for the same lives on for so many seconds. */
const earlyRequestHeader = 'Clientele-Last-Token-Expires-In';
const earlyRequestName = earlyRequestHeader.toLowerCase();
const nothing: Readonly<Record<string, string>> = {};

/** The headers that tell a client beside its token where its quotas stand, and whether it needed another one. */
export function standingOf({
  quotas,
  lastOneLivesSeconds,
}: Pick<IssuedToken, 'quotas' | 'lastOneLivesSeconds'>): Readonly<Record<string, string>> {
  if (quotas === undefined && lastOneLivesSeconds === undefined) return nothing;
  const headers = quotas ? rateLimitHeaders(quotas) : {};
  if (lastOneLivesSeconds !== undefined) headers[earlyRequestName] = `${lastOneLivesSeconds}`;
  return headers;
}

/** The headers of `standingOf`, for the OpenAPI document. */
export const standingHeadersOfTokens = {
  'RateLimit-Policy': {
    description: 'The quotas of tokens, the narrowest first; absent where there are none.',
    schema: { type: 'string' as const, example: '"client";q=100;w=60' },
  },
  RateLimit: {
    description: 'What is left of each.',
    schema: { type: 'string' as const, example: '"client";r=99;t=60' },
  },
  [earlyRequestHeader]: {
    description: 'For how many seconds the last token for the same lives on, while that is most of its life.',
    schema: { type: 'integer' as const, example: 3_540 },
  },
};
