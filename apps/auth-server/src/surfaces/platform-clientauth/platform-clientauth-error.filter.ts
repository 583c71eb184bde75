import { STATUS_CODES } from 'node:http';
import type { ErrorShape } from '../../http/problems/error-shapes.js';
import type { Problem } from '../../http/problems/problem.js';
import { errorAnswersOf } from '../../openapi/error-answers.js';
import { PlatformError } from './platform-clientauth.dto.js';

/** The errors of this API: the status, what precisely is wrong, and the status in words. */
export const platformErrorShape: ErrorShape = (problem) => ({
  body: {
    code: problem.status,
    details: detailsOf(problem),
    error: STATUS_CODES[problem.status] ?? 'Error',
  } satisfies PlatformError,
});

/** Documents the errors of an operation of this API. */
export const AnswersPlatformErrors = errorAnswersOf(PlatformError, platformErrorShape);

/** `The body is not valid. name: is required; alg: must be one of …`. */
function detailsOf({ status, message, issues, requestId }: Problem): string {
  if (status >= 500) return `${message} Request id: ${requestId}`;
  const list = issues.map(({ path, message: rule }) => (path ? `${path}: ${rule}` : rule));
  return [message, list.join('; ')].filter(Boolean).join(' ');
}
