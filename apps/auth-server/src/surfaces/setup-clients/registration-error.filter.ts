import { ApiProperty } from '@nestjs/swagger';
import type { ErrorShape } from '../../http/problems/error-shapes.js';
import type { Problem } from '../../http/problems/problem.js';
import { errorAnswersOf } from '../../openapi/error-answers.js';

const errorOfStatus: Readonly<Record<number, string>> = {
  401: 'invalid_token',
  403: 'insufficient_scope',
  404: 'not_found',
  429: 'temporarily_unavailable',
  503: 'temporarily_unavailable',
};

/** The errors of dynamic client registration (RFC 7591 §3.2.2), and of its access token (RFC 6750 §3.1). */
export const registrationErrorShape: ErrorShape = (problem) => ({
  status: problem.code === 'client_id_taken' ? 400 : problem.status,
  body: { error: errorOf(problem), error_description: descriptionOf(problem) },
  headers: { 'cache-control': 'no-store', pragma: 'no-cache' },
});

function errorOf({ status, issues }: Problem): string {
  const known = errorOfStatus[status];
  if (known) return known;
  if (status >= 500) return 'server_error';
  if (status !== 400) return 'invalid_request';
  return issues.some(({ path }) => path.startsWith('redirect_uris'))
    ? 'invalid_redirect_uri'
    : 'invalid_client_metadata';
}

function descriptionOf({ message, issues, status, requestId }: Problem): string {
  if (status >= 500) return `${message} Request id: ${requestId}`;
  const details = issues
    .map(({ path, message: rule }) => (path ? ` ${path}: ${rule}` : ` ${rule}`))
    .join(';');
  return (message + details).replaceAll('"', "'").replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
}

/** An error of the registration endpoint. */
class RegistrationErrorAnswer {
  @ApiProperty({ example: 'invalid_redirect_uri' })
  error: string;

  @ApiProperty({ example: 'The client is not valid.' })
  error_description: string;
}

/** Documents the errors of the registration endpoint. */
export const AnswersRegistrationErrors = errorAnswersOf(RegistrationErrorAnswer, registrationErrorShape);
