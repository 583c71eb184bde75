import { invalid } from '#libs/common';
import type { OrganizationSettings } from '#libs/organizations';
import { secondsAfter } from './credential-lifetime.js';

/**
 * When a new credential ends.
 *
 * @param asked undefined: as the organization has it; null: never
 * @param path where the request says so
 * @throws DomainError `invalid` beyond the organization's maximum age
 */
export function endOfNew(
  asked: Date | null | undefined,
  settings: OrganizationSettings,
  createdAt: Date,
  path = 'expiresAt',
): Date | null {
  if (asked === undefined) {
    const usualSeconds = settings.credentialDefaultTtlSeconds ?? settings.credentialMaxAgeSeconds;
    return usualSeconds === undefined ? null : secondsAfter(createdAt, usualSeconds);
  }
  mustKeepToMaxAge(asked, settings, createdAt, path);
  return asked;
}

/** @throws DomainError `invalid` for an end beyond the organization's maximum age */
export function mustKeepToMaxAge(
  expiresAt: Date | null,
  { credentialMaxAgeSeconds }: OrganizationSettings,
  createdAt: Date,
  path = 'expiresAt',
): void {
  if (credentialMaxAgeSeconds === undefined) return;
  const latest = secondsAfter(createdAt, credentialMaxAgeSeconds);
  if (expiresAt && expiresAt <= latest) return;
  const message = `must be at most ${latest.toISOString()}, by the customer's maximum age of ${credentialMaxAgeSeconds} seconds`;
  throw invalid('The credential would live too long.', [{ path, message }]);
}
