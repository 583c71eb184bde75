import { createHash } from 'node:crypto';
import type { Clock } from '#libs/common';
import type { ErrorShape, FailedRequest } from '../../http/problems/error-shapes.js';
import type { Problem } from '../../http/problems/problem.js';
import { type ChosenLocale, chooseLocale } from './accept-language.js';
import { badSyntax, errorTexts, type Locale, locales } from './error-texts.js';
import { jwtFault } from './jwt-fault.js';

/** A text in a language, and why it is in that one. */
export interface LocalizedText {
  readonly locale: Locale;
  readonly localeOrigin: ChosenLocale['localeOrigin'];
  readonly text: string;
}

/** Codes of what is wrong with the form of a request, whatever it says. */
const syntaxCodes = new Set([
  'malformed_json',
  'invalid_json',
  'json_too_deep',
  'malformed_url',
  'malformed_request',
  'missing_host',
  'repeated_header',
  'request_refused',
]);

/**
 * The errors of this surface: a fine-grained code, the id under which the log knows the request, the generic reason in
 * the language of the request, and in `causes` what precisely is wrong. 401 and 429 have bodies of their own.
 *
 * @param clock tells whether a refused token has expired
 */
export function errorShapeBy(clock: Pick<Clock, 'nowSeconds'>): ErrorShape {
  return (problem, request) => {
    if (problem.status === 401) {
      const fault = jwtFault(singleHeader(request, 'authorization'), clock.nowSeconds());
      return { body: { error: `JWT validation failed: ${fault}` } };
    }
    // The blanks stand in the document.
    if (problem.status === 429) return { body: { message: ' Rate Limit Exceeded ' } };
    const trackingId = trackingIdOf(problem.requestId);
    return {
      body: bodyOf(problem, request, trackingId),
      ...(trackingId !== problem.requestId && { trackingId }),
    };
  };
}

function bodyOf(problem: Problem, request: FailedRequest, trackingId: string): object {
  const { detailCode, texts } = textOf(problem);
  const { locale, localeOrigin } = chooseLocale(request.headers['accept-language']);
  const causes = causesOf(problem);
  return {
    detailCode,
    trackingId,
    messages: [{ locale, localeOrigin, text: texts[locale] } satisfies LocalizedText],
    ...(causes.length > 0 && { causes: causes.map(toCause) }),
  };
}

function textOf({ status, code }: Problem): (typeof errorTexts)[number] {
  const known = status === 400 && syntaxCodes.has(code) ? badSyntax : errorTexts[status];
  return known ?? (status < 500 ? badSyntax : (errorTexts[500] as (typeof errorTexts)[number]));
}

/** What is to be said beyond the generic reason; nothing of the inside of the server, and of a refusal no more than that. */
function causesOf({ status, code, message, issues }: Problem): string[] {
  if (status >= 500 || code === 'insufficient_scope') return [];
  if (issues.length === 0) return [message];
  return issues.map(({ path, message: rule }) => (path ? `${path}: ${rule}` : rule));
}

function toCause(text: string): LocalizedText {
  return { locale: locales[0], localeOrigin: 'DEFAULT', text };
}

/** 32 hexadecimal digits, as the document has it: the request id itself, or made of one that a caller sent. */
function trackingIdOf(requestId: string): string {
  const digits = requestId.replaceAll('-', '').toLowerCase();
  if (/^[0-9a-f]{32}$/.test(digits)) return digits;
  return createHash('sha256').update(requestId).digest('hex').slice(0, 32);
}

function singleHeader({ headers }: FailedRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
