import type { DirectAnswer } from '../http/direct/direct-route.js';

const headers = ['pragma', 'no-cache', 'content-type', 'application/json; charset=utf-8'];

/**
 * An answer for the caller alone: nobody keeps it (RFC 6749 §5.1). `Cache-Control: no-store` stands with every answer;
 * this adds its predecessor of HTTP/1.0.
 *
 * @param more names and values of further headers, in turn
 */
export function answerPrivately(json: string, more: readonly string[] = []): DirectAnswer {
  return { status: 200, headers: more.length === 0 ? headers : [...headers, ...more], body: json };
}
