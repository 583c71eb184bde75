import { ApiProperty } from '@nestjs/swagger';
import type { ErrorShape } from '../../http/problems/error-shapes.js';
import type { Problem } from '../../http/problems/problem.js';
import { errorAnswersOf } from '../../openapi/error-answers.js';

/** Codes that the surface's document has for what the domain says by a code of its own. */
const documentedCodes = new Set([
  'setup_not_found',
  'client_not_found',
  'snapshot_not_found',
  'resource_server_not_found',
  'invalid_snapshot',
  'delete_forbidden',
]);

/** Everything else has a code by its status. */
const codeOfStatus: Readonly<Record<number, string>> = {
  400: 'MALFORMED_PAYLOAD',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  408: 'REQUEST_TIMEOUT',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URL_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_PAYLOAD',
  429: 'TOO_MANY_REQUESTS',
  431: 'HEADERS_TOO_LARGE',
  503: 'SERVICE_UNAVAILABLE',
};

/** The code under which a bad query is refused; see StatesPipe. */
export const malformedQuery = 'malformed_query';

/** The errors of this surface: a code for machines, and a text for people that names every field. */
export const setupClientsErrorShape: ErrorShape = (problem) => ({
  status: statusOf(problem),
  body: { errorCode: errorCodeOf(problem), errorText: textOf(problem) },
});

/** The document knows no conflict: a client_id that is taken is a bad one. */
function statusOf({ status, code }: Problem): number {
  return code === 'client_id_taken' ? 400 : status;
}

function errorCodeOf(problem: Problem): string {
  const { code } = problem;
  if (documentedCodes.has(code)) return code.toUpperCase();
  if (code === malformedQuery || code === 'malformed_url') return 'MALFORMED_QUERY_PARAMETER';
  const status = statusOf(problem);
  return codeOfStatus[status] ?? (status < 500 ? 'MALFORMED_PAYLOAD' : 'INTERNAL_ERROR');
}

function textOf({ status, message, issues, requestId }: Problem): string {
  if (status >= 500) return `${message} Request id: ${requestId}`;
  if (issues.length === 0) return message;
  return `${message} ${issues.map(({ path, message: rule }) => (path ? `${path}: ${rule}` : rule)).join('; ')}`;
}

/** An error of this surface. */
class SetupClientsErrorAnswer {
  @ApiProperty({ example: 'SETUP_NOT_FOUND' })
  errorCode: string;

  @ApiProperty({ example: 'The setup does not exist.' })
  errorText: string;
}

/** Documents the errors of an operation of this surface. */
export const AnswersErrors = errorAnswersOf(SetupClientsErrorAnswer, setupClientsErrorShape);
