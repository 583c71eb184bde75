import { invalid } from '#libs/common';
import type { Credential } from './credential.entity.js';

export type CredentialStatus = 'active' | 'retiring' | 'retired' | 'expired' | 'revoked';

type Lifetime = Pick<Credential, 'expiresAt' | 'retiresAt' | 'revokedAt'>;

/** The status follows from the times, so that nothing has to change it when one of them passes. */
export function statusOf({ revokedAt, expiresAt, retiresAt }: Lifetime, now: Date): CredentialStatus {
  if (revokedAt) return 'revoked';
  if (retiresAt && retiresAt <= now) return 'retired';
  if (expiresAt && expiresAt <= now) return 'expired';
  return retiresAt ? 'retiring' : 'active';
}

/** Whether it still opens the door. */
export function isLive(lifetime: Lifetime, now: Date): boolean {
  const status = statusOf(lifetime, now);
  return status === 'active' || status === 'retiring';
}

/**
 * The live credential that outlasts all others and yet ends by a retirement, which presumes that another one takes
 * its place. That the last one ends by its own expiry is what somebody asked for.
 */
export function findLastToRetire<T extends Lifetime>(credentials: readonly T[], now: Date): T | undefined {
  const live = credentials.filter((credential) => isLive(credential, now));
  const lastEnd = Math.max(...live.map(endOf));
  return live.find(
    ({ retiresAt, expiresAt }) =>
      retiresAt?.getTime() === lastEnd && (expiresAt === null || expiresAt > retiresAt),
  );
}

function endOf({ expiresAt, retiresAt }: Lifetime): number {
  return Math.min(
    expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    retiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
  );
}

/** The moment so many seconds later. */
export function secondsAfter(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000);
}

/** @throws DomainError `invalid` for an end that is not ahead */
export function mustExpireLater(expiresAt: Date | null | undefined, now: Date): void {
  if (!expiresAt || expiresAt > now) return;
  throw invalid('The time of expiry has passed.', [{ path: 'expiresAt', message: 'must be in the future' }]);
}
