/** What went wrong, as a fact; each HTTP surface has its own words and status for it. */
export type DomainErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'unprocessable'
  | 'too_many'
  | 'unavailable';

/** One thing that is wrong with the caller's input. */
export interface Issue {
  /** Where: `[2].clientPermissions.roles`, a query or a header name. */
  readonly path: string;
  /** What is wrong and what would be right; never the value itself, which may be a secret. */
  readonly message: string;
}

/** Where a limit of so many in so much time stands. */
export interface LimitState {
  /** Whose it is: `client`, `customer`, `server`. */
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

interface DomainErrorOptions {
  /** A stable machine-readable word below the kind, such as `client_id_taken`. */
  code?: string;
  issues?: readonly Issue[];
  /** For `too_many` and `unavailable`: when to try again, in seconds. */
  retryAfterSeconds?: number;
  /** For `too_many`: the limit that is used up. */
  limit?: LimitState;
  /** For the log only; never answered. */
  cause?: unknown;
}

/** The only error that the libraries throw on purpose. Its message is meant for the caller. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: string;
  readonly issues: readonly Issue[];
  readonly retryAfterSeconds: number | undefined;
  readonly limit: LimitState | undefined;

  constructor(
    readonly kind: DomainErrorKind,
    message: string,
    options: DomainErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? kind;
    this.issues = options.issues ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.limit = options.limit;
  }
}

/** The caller's input breaks a rule; each issue says where and which. */
export function invalid(message: string, issues: readonly Issue[] = [], code?: string): DomainError {
  return new DomainError('invalid', message, { issues, ...(code && { code }) });
}

/**
 * A thing that is missing or belongs to somebody else: always built here, so that both cases are the very same
 * answer and nobody learns of a stranger's objects.
 *
 * @param noun what was looked for, in the words of the API: `client`, `customer`
 */
export function notFound(noun: string): DomainError {
  return new DomainError('not_found', `The ${noun} does not exist.`, {
    code: `${noun.replaceAll(' ', '_')}_not_found`,
  });
}

export function conflict(message: string, code: string): DomainError {
  return new DomainError('conflict', message, { code });
}

export function forbidden(message: string, code = 'insufficient_permission'): DomainError {
  return new DomainError('forbidden', message, { code });
}

export function unavailable(message: string, retryAfterSeconds: number, cause?: unknown): DomainError {
  return new DomainError('unavailable', message, { retryAfterSeconds, cause });
}

export function tooMany(message: string, retryAfterSeconds: number, code?: string): DomainError {
  return new DomainError('too_many', message, { retryAfterSeconds, ...(code && { code }) });
}
