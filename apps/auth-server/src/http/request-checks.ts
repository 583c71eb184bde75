import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { isMalformedQuery } from './parsing/query-parser.js';
import { HttpProblem } from './problems/problem.js';

/**
 * Headers on which security rests, and which Node either joins or silently drops when they are repeated; by length,
 * so that almost every other header is passed over without a comparison.
 */
const singleHeaders = new Map<number, readonly string[]>();
for (const name of ['host', 'dpop', 'x-api-key', 'content-type', 'authorization', 'idempotency-key']) {
  singleHeaders.set(name.length, [...(singleHeaders.get(name.length) ?? []), name]);
}

/** Control characters, percent-encoded, also those of Latin-1 (U+0080 to U+009F). */
const encodedControl = /%(?:[01][0-9a-f]|7f|c2%[89][0-9a-f])/i;

/**
 * Refuses what the HTTP parser lets pass and no honest client sends: repeated headers that matter to security
 * (RFC 9112 §3.2, RFC 9449 §4.3), control characters and undecodable escapes in the URL.
 */
export function checkRequest(request: FastifyRequest): void {
  const repeated = findRepeated(request.raw.rawHeaders);
  if (repeated !== undefined)
    throw new HttpProblem(400, 'repeated_header', `The header ${repeated} must not be repeated.`);
  if (lacksHost(request.raw)) throw new HttpProblem(400, 'missing_host', 'The header host is missing.');
  if (encodedControl.test(request.raw.url ?? '')) throw malformedUrl('contains a control character');
  if (isMalformedQuery(request.query)) throw malformedUrl('has a query string that cannot be read');
}

/**
 * Refuses a request that a trusted proxy received without TLS (RFC 6749 §3.2). Only the proxy's word counts: a
 * request without one comes from inside, such as a health probe.
 */
export function mustBeSecure(
  request: FastifyRequest,
  isTrusted: (address: string | undefined) => boolean,
): void {
  if (request.headers['x-forwarded-proto'] === undefined || request.protocol === 'https') return;
  if (isTrusted(request.raw.socket.remoteAddress)) {
    throw new HttpProblem(400, 'insecure_transport', 'The request must be sent over TLS.');
  }
}

/** Whether `checkRequest` finds no fault with the headers. */
export function hasSoundHeaders(raw: IncomingMessage): boolean {
  return !lacksHost(raw) && findRepeated(raw.rawHeaders) === undefined;
}

/** The name of a header that must not be repeated, and is. */
function findRepeated(rawHeaders: readonly string[]): string | undefined {
  let seen = '';
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i] ?? '';
    const names = singleHeaders.get(raw.length);
    if (names === undefined) continue;
    const name = raw.toLowerCase();
    if (!names.includes(name)) continue;
    const mark = `${name};`;
    if (seen.includes(mark)) return name;
    seen += mark;
  }
  return undefined;
}

/** RFC 9112 §3.2: a server must refuse a request of HTTP/1.1 that names no host. */
function lacksHost({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.host === undefined && httpVersion === '1.1';
}

function malformedUrl(what: string): HttpProblem {
  return new HttpProblem(400, 'malformed_url', `The URL ${what}.`);
}
