/**
 * Migrations below this belong to the first release: they run on an empty database, and no server of an older version
 * works beside them. What they did to tables of each other was allowed for that reason alone.
 */
const firstReleaseEndsBefore = 1_764_000_000_000;

/** @param migration its name, which ends in its timestamp */
export function isOfLaterRelease(migration: string): boolean {
  return Number(/\d{13}$/.exec(migration)?.[0]) >= firstReleaseEndsBefore;
}
