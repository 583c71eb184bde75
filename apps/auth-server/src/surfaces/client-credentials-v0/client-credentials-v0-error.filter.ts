import { STATUS_CODES } from 'node:http';
import type { ErrorShape } from '../../http/problems/error-shapes.js';
import type { Problem } from '../../http/problems/problem.js';
import { errorAnswersOf } from '../../openapi/error-answers.js';
import { V0Problem } from './client-credentials-v0.dto.js';

/** The statuses that say what is wrong with the request itself. */
const explained = new Set([400, 409, 413, 415, 422]);

/** The fields of this API that the domain calls otherwise. */
const wireNames: ReadonlyMap<string, string> = new Map([['expiresAt', 'expires']]);

/** The errors of this API are problem details (RFC 9457 §3). */
export const v0ErrorShape: ErrorShape = (problem) => ({
  contentType: 'application/problem+json; charset=utf-8',
  body: {
    type: 'about:blank',
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    traceId: problem.requestId,
    ...(explained.has(problem.status) && { errors: errorsOf(problem) }),
  } satisfies V0Problem,
});

/** Documents the errors of an operation of this API. */
export const AnswersV0Problems = errorAnswersOf(V0Problem, v0ErrorShape);

function errorsOf({ message, issues }: Problem): Record<string, string[]> {
  if (issues.length === 0) return { $: [message] };
  const errors = new Map<string, string[]>();
  for (const { path, message: rule } of issues) {
    const field = wireNames.get(path) ?? (path || '$');
    errors.set(field, [...(errors.get(field) ?? []), rule]);
  }
  return Object.fromEntries(errors);
}
