import type { Settings } from '#libs/common';

export type StandingHeaders = Readonly<Record<string, string>>;

const yearInSeconds = 31_536_000;

/**
 * The headers of every answer, made once. Nothing is cached unless its handler says so: most answers belong to one
 * caller, and some hold a secret.
 */
export function standingHeaders({ issuer }: Pick<Settings, 'issuer'>): StandingHeaders {
  return {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    // Over plain HTTP a browser must ignore it (RFC 6797 §8.1).
    ...(issuer.startsWith('https:') && { 'Strict-Transport-Security': `max-age=${yearInSeconds}` }),
  };
}
