import type { Credential } from './credential.entity.js';
import { secondsAfter } from './credential-lifetime.js';

/** Notice of an expiry is given so many days before; 0 is the expiry itself. */
export const noticeDays = [0, 1, 7, 14, 30, 60, 90] as const;

/**
 * The shortest notice, in days, that a credential has not the life for; null: it has it for all of them. Of a new or
 * moved expiry this one counts as given: the next one to give then follows from the last one alone.
 */
export function noticeTooLong({
  createdAt,
  expiresAt,
}: Pick<Credential, 'createdAt' | 'expiresAt'>): number | null {
  if (!expiresAt) return null;
  return noticeDays.find((days) => days > 0 && expiresAt <= inDays(createdAt, days)) ?? null;
}

/** The shortest notice of this expiry that is due, in days; undefined: none. */
export function shortestDue(expiresAt: Date, now: Date): number | undefined {
  return noticeDays.find((days) => expiresAt <= inDays(now, days));
}

function inDays(moment: Date, days: number): Date {
  return secondsAfter(moment, days * 86_400);
}
