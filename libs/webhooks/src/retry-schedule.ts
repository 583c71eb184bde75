/** How long after each failed attempt the next one is made, in seconds: ten attempts within about three days. */
const delaysSeconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
const longestRetryAfterSeconds = 86_400;

/**
 * When to try again, with up to a fifth more by chance, so that what failed together does not come back together.
 *
 * @param attempts how many there were
 * @param retryAfterSeconds what the receiver asks for: never sooner, and a day at most
 * @param chance from 0 to 1
 * @returns in seconds; undefined: not again
 */
export function delayAfter(
  attempts: number,
  retryAfterSeconds: number | undefined,
  chance: number,
): number | undefined {
  const delay = delaysSeconds[attempts - 1];
  if (delay === undefined) return undefined;
  const asked = Math.min(retryAfterSeconds ?? 0, longestRetryAfterSeconds);
  return Math.max(delay * (1 + chance / 5), asked);
}

/** Reads `Retry-After`: seconds or a date (RFC 9110 §10.2.3). @returns seconds; undefined for anything else */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, (atMs - nowMs) / 1000);
}
