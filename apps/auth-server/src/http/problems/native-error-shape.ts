import type { Issue } from '#libs/common';
import type { ErrorShape } from './error-shapes.js';

const reasons: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Request timeout',
  409: 'Conflict',
  413: 'Request body too large',
  414: 'URL too long',
  415: 'Unsupported media type',
  422: 'Unprocessable request',
  429: 'Too many requests',
  431: 'Request headers too large',
  503: 'Service unavailable',
};

/** The errors of the native admin API: a generic reason, the HTTP status, and what precisely is wrong. */
export const nativeErrorShape: ErrorShape = ({ status, message, issues, requestId }) => ({
  body: {
    severity: 'Error',
    errorMessage: reasons[status] ?? (status < 500 ? 'Bad request' : 'Internal server error'),
    errorCode: status,
    errorDetailMessage: status >= 500 ? `${message} Request id: ${requestId}` : sentenceOf(message, issues),
  },
});

/** The message followed by every issue: `The body is not valid. [0].name: must be a string; limit: …`. */
function sentenceOf(message: string, issues: readonly Issue[]): string {
  if (issues.length === 0) return message;
  const list = issues.map(({ path, message: rule }) => (path ? `${path}: ${rule}` : rule));
  return `${message} ${list.join('; ')}`;
}
