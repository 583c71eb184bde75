import type { Settings } from '#libs/common';

export interface StandingHeaders extends Readonly<Record<string, string>> {
  readonly 'cache-control': string;
}

const yearInSeconds = 31_536_000;

/**
 * The headers of every answer, made once, with names as Fastify keeps them: lower-case. Nothing is cached unless its handler says so: most answers belong to one
 * caller, and some hold a secret.
 */
export function standingHeaders({ issuer }: Pick<Settings, 'issuer'>): StandingHeaders {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    // Over plain HTTP a browser must ignore it (RFC 6797 §8.1).
    ...(issuer.startsWith('https:') && { 'strict-transport-security': `max-age=${yearInSeconds}` }),
  };
}
