/** What a failed statement means to the caller. */
export type DatabaseFault = 'bad_value' | 'duplicate' | 'gone' | 'unavailable';

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** pg has no codes for what its own pool and socket report. */
const lostConnection =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout|Cannot use a pool after calling end|Driver not Connected|Connection is not established)/i;

/**
 * Reads a database error by its SQLSTATE, through TypeORM's wrapper; undefined when it is none or is our own
 * mistake. Told by shape, so that the HTTP layer knows no SQL library.
 */
export function databaseFault(error: unknown): DatabaseFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, driverError, errors } = error as Error & {
    code?: unknown;
    driverError?: unknown;
    errors?: unknown;
  };
  if (driverError instanceof Error) return databaseFault(driverError);
  // A host name with several addresses fails with one error for each.
  if (error instanceof AggregateError && Array.isArray(errors)) return databaseFault(errors[0]);
  if (typeof code === 'string') {
    if (networkCodes.has(code)) return 'unavailable';
    if (isSqlState(error, code)) return faultOfSqlState(code);
  }
  return lostConnection.test(error.message) ? 'unavailable' : undefined;
}

/** The SQLSTATE of a database error, for the log. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return error instanceof Error && typeof code === 'string' && isSqlState(error, code) ? code : undefined;
}

function isSqlState(error: Error, code: string): boolean {
  return 'severity' in error && /^[0-9A-Z]{5}$/.test(code);
}

function faultOfSqlState(code: string): DatabaseFault | undefined {
  if (code === '23505') return 'duplicate';
  // What the row belongs to was deleted in the meantime.
  if (code === '23503') return 'gone';
  const classOfState = code.slice(0, 2);
  if (classOfState === '22') return 'bad_value';
  // A standby that is not promoted yet, a lock that others hold.
  if (code === '25006' || code === '55P03') return 'unavailable';
  // Serialization failures and deadlocks, lost connections, exhausted resources, an operator's intervention.
  if (['40', '08', '53', '57'].includes(classOfState)) return 'unavailable';
  // The server is there but lets us in no more: no such user or password, no such database, or one that is closed.
  if (classOfState === '28' || code === '3D000' || code === '55000') return 'unavailable';
  return undefined;
}
