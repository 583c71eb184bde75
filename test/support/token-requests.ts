import assert from 'node:assert/strict';
import type { Answer, RequestOptions } from './http-client.js';
import type { TestClient, TestServer } from './server.js';

/** The media type of every request to the OAuth endpoints. */
export const formMediaType = 'application/x-www-form-urlencoded';

/** A form body that gets a token, with what a test adds or changes. */
export function tokenForm(parameters: Readonly<Record<string, string>> = {}): URLSearchParams {
  return new URLSearchParams({ grant_type: 'client_credentials', ...parameters });
}

/** Asks for a token by client_secret_basic: valid as it is; a test changes the one thing that it is about. */
export function requestByBasic(
  server: Pick<TestServer, 'request'>,
  client: TestClient,
  parameters: Readonly<Record<string, string>> = {},
  options: RequestOptions = {},
): Promise<Answer> {
  const basic = [client.clientId, client.secret] as const;
  return server.request('POST', '/oauth/token', { basic, form: tokenForm(parameters), ...options });
}

/** Asks for a token by client_secret_post. */
export function requestByPost(
  server: Pick<TestServer, 'request'>,
  client: TestClient,
  parameters: Readonly<Record<string, string>> = {},
  options: RequestOptions = {},
): Promise<Answer> {
  const form = tokenForm({ client_id: client.clientId, client_secret: client.secret, ...parameters });
  return server.request('POST', '/oauth/token', { form, ...options });
}

/** Asserts that a token was issued as RFC 6749 §5.1 has it. @returns the token */
export function assertIssued(answer: Answer): string {
  assert.equal(answer.status, 200, answer.text);
  assertTokenEndpointHeaders(answer);
  assert.equal(typeof answer.body.access_token, 'string');
  return answer.body.access_token;
}

/** Error codes that the token endpoint may use (RFC 6749 §5.2, RFC 8707 §2; the last two by the IANA registry). */
const tokenErrors = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'server_error',
  'temporarily_unavailable',
]);
const traces =
  /\bat [\w.<>]+ \(|node_modules|\.[jt]s\b|select |insert |typeorm|fastify|nest|postgres|pg_|Error:/i;

/** Asserts a whole error of the token endpoint, whatever the cause: body, headers and what must not be in it. */
export function assertRefused(answer: Answer, status: number, error: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body?.error, error, answer.text);
  assert.ok(tokenErrors.has(error), `${error} is not registered`);
  for (const key of Object.keys(answer.body))
    assert.match(key, /^(error|error_description|error_uri)$/, `${key} does not belong into an error`);
  assert.match(answer.body.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  assert.doesNotMatch(answer.text, traces);
  assertTokenEndpointHeaders(answer);
  if (status === 401) assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic realm="[^"]+"/);
}

/** Asserts the headers that every answer of the token endpoint has (RFC 6749 §5.1). */
export function assertTokenEndpointHeaders({ headers }: Answer): void {
  assert.match(headers.get('content-type') ?? '', /^application\/json; *charset=utf-8$/i);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('pragma'), 'no-cache');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  assert.match(headers.get('x-request-id') ?? '', /^[A-Za-z0-9._-]{8,64}$/);
  assert.equal(headers.get('set-cookie'), null);
  assert.equal(headers.get('vary'), null);
  assert.equal(headers.get('x-powered-by'), null);
  assert.equal(headers.get('server'), null);
}
