/** Settings with which each session of a URL begins; PostgreSQL knows them before the first statement. */
export interface SessionSettings {
  /** The role that the sessions work as, instead of the one that logged in. */
  readonly role?: string | undefined;
  /** `platform`: whatever the session does, it does for the whole server. */
  readonly scope?: 'platform' | undefined;
}

/**
 * The URL with the settings in it, behind options that it may have already. So they hold from the start, cost no
 * round trip, and a RESET comes back to them.
 */
export function withSessionSettings(databaseUrl: string, { role, scope }: SessionSettings): string {
  const url = new URL(databaseUrl);
  const options = [
    ...(role === undefined ? [] : [`-c role=${role}`]),
    // Always there: what else the URL or the user's defaults say of it does not count.
    `-c clientele.scope=${scope ?? ''}`,
    '-c clientele.organization=',
  ];
  url.searchParams.set('options', [url.searchParams.get('options') ?? '', ...options].join(' ').trim());
  return url.href;
}
