import { HttpException } from '@nestjs/common';
import { DomainError, type DomainErrorKind, type Issue } from '#libs/common';
import { rateLimitHeaders } from '../rate-limit-headers.js';
import { type DatabaseFault, databaseFault } from './database-fault.js';

/** An error as the caller may learn of it: which words carry it on the wire is the surface's business. */
export interface Problem {
  readonly status: number;
  /** A stable machine-readable word: `invalid_request`, `client_not_found`, `malformed_json`. */
  readonly code: string;
  /** For the caller; it never repeats what the caller sent, and never tells of the inside. */
  readonly message: string;
  readonly issues: readonly Issue[];
  readonly retryAfterSeconds?: number;
  /** Headers that belong to the error itself, with names in lower case: `retry-after`, `allow`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string;
}

/** An error of the HTTP layer itself, with its status; the libraries throw DomainError instead. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly issues: readonly Issue[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

const statusOfKind: Record<DomainErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  unprocessable: 422,
  too_many: 429,
  unavailable: 503,
};

const internalError = [
  'internal_error',
  'The server failed to handle the request. Report the request id.',
] as const;

/** Code and text for errors that frameworks raise: their own messages repeat input, and are not ours to promise. */
const textOfStatus: Record<number, readonly [code: string, message: string]> = {
  400: ['malformed_request', 'The request is malformed.'],
  401: ['unauthenticated', 'Authentication is required.'],
  403: ['forbidden', 'The request is not allowed.'],
  404: ['route_not_found', 'There is nothing at this path.'],
  405: ['method_not_allowed', 'The method is not allowed at this path.'],
  406: ['not_acceptable', 'None of the accepted media types can be answered.'],
  408: ['request_timeout', 'The request took too long to arrive.'],
  413: ['body_too_large', 'The request body is too large.'],
  414: ['url_too_long', 'The URL is too long.'],
  415: ['unsupported_media_type', 'The media type of the request body is not supported here.'],
  429: ['too_many_requests', 'Too many requests.'],
  431: ['headers_too_large', 'The request headers are too large.'],
  500: internalError,
  503: ['unavailable', 'The service is not available at the moment. Try again.'],
};

/** Turns whatever was thrown into what the caller may learn; anything unforeseen is a 500 with no more than an id. */
export function toProblem(error: unknown, requestId: string): Problem {
  if (error instanceof DomainError) return fromDomainError(error, requestId);
  if (error instanceof HttpProblem) return { ...pick(error), requestId };
  const cause = error instanceof HttpException ? error.cause : undefined;
  if (cause instanceof DomainError || cause instanceof HttpProblem) return toProblem(cause, requestId);
  if (error instanceof HttpException) return problemOfStatus(error.getStatus(), requestId);
  const fault = databaseFault(error);
  if (fault) return fromDatabaseFault(fault, requestId);
  return problemOfStatus(statusOf(error), requestId);
}

/** The standard problem of a status, for errors that are known by nothing else. */
export function problemOfStatus(
  status: number,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): Problem {
  const known = textOfStatus[status];
  if (!known && status >= 500) return problemOfStatus(500, requestId, headers);
  const [code, message] = known ?? ['request_refused', 'The request was refused.'];
  return { status, code, message, issues: [], headers, requestId };
}

function pick({ status, code, message, issues, headers }: HttpProblem): Omit<Problem, 'requestId'> {
  return { status, code, message, issues, headers };
}

function fromDomainError(error: DomainError, requestId: string): Problem {
  const { code, message, issues, retryAfterSeconds, limit } = error;
  const status = statusOfKind[error.kind];
  const problem = { status, code, message, issues, requestId };
  if (retryAfterSeconds === undefined) return { ...problem, headers: {} };
  const headers = {
    'retry-after': `${Math.ceil(retryAfterSeconds)}`,
    ...(limit && rateLimitHeaders([limit])),
  };
  return { ...problem, retryAfterSeconds, headers };
}

function fromDatabaseFault(fault: DatabaseFault, requestId: string): Problem {
  if (fault === 'unavailable') {
    return { ...problemOfStatus(503, requestId, { 'retry-after': '1' }), retryAfterSeconds: 1 };
  }
  if (fault === 'gone') {
    const message = 'What the request belongs to no longer exists.';
    return { status: 404, code: 'not_found', message, issues: [], headers: {}, requestId };
  }
  if (fault === 'duplicate') {
    const message = 'An object with the same key exists already.';
    return { status: 409, code: 'conflict', message, issues: [], headers: {}, requestId };
  }
  const message = 'The request contains a value that cannot be stored.';
  return { status: 400, code: 'invalid', message, issues: [], headers: {}, requestId };
}

/** Fastify and http-errors carry their status as a number; only what says "the caller's fault" is believed. */
function statusOf(error: unknown): number {
  const status = (error as { statusCode?: unknown } | null | undefined)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
