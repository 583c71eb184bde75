import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createClient, type TestOrganization } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import type { TestClient, TestServer } from '../../support/server.js';

/** A file taken from the document. */
// biome-ignore lint/suspicious/noExplicitAny: a test takes from it what it needs
export function fixture(name: string): any {
  const path = `test/surfaces/fixtures/oauth-clients/${name}.json`;
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The body of the smallest client: valid as it is; a test changes the one field that it is about. */
export function oauthClientBody(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    name: 'Nightly import',
    description: 'Brings the accounts of the night.',
    accessTokenValiditySeconds: 750,
    grantTypes: ['CLIENT_CREDENTIALS'],
    accessType: 'ONLINE',
    enabled: true,
    ...overrides,
  };
}

/** The body without one of its fields. */
export function without(body: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));
}

/** Creates a client over this surface, and fails when there is none. */
export async function createOAuthClient(
  server: TestServer,
  token: string,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<TestClient> {
  const created = await server.request('POST', '/oauth-clients', { token, json: oauthClientBody(overrides) });
  assert.equal(created.status, 200, created.text);
  return { clientId: created.body.id, secret: created.body.secret };
}

/** A client that the administrator made on the native API, with these scopes and no roles. */
export function scopedClient(
  server: TestServer,
  { customerId, token }: TestOrganization,
  scope: readonly string[],
): Promise<TestClient> {
  return createClient(server, customerId, token, { scope, defaultRolesAssignmentEnabled: false });
}

/** Sends a JSON Patch. */
export function patch(
  server: TestServer,
  token: string,
  id: string,
  operations: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return server.request('PATCH', `/oauth-clients/${id}`, {
    token,
    body: JSON.stringify(operations),
    headers: { 'content-type': 'application/json-patch+json', ...headers },
  });
}

/** Asserts an error of this surface: status, code, and what the causes say, if there are any. */
export function assertError(answer: Answer, status: number, detailCode: string, cause?: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  const { detailCode: code, trackingId, messages, causes, ...rest } = answer.body;
  assert.deepEqual(rest, {});
  assert.equal(code, detailCode, answer.text);
  assert.match(trackingId, /^[0-9a-f]{32}$/);
  for (const text of [...messages, ...(causes ?? [])]) {
    assert.deepEqual(Object.keys(text), ['locale', 'localeOrigin', 'text']);
  }
  if (cause) assert.match(causes.map(({ text }: { text: string }) => text).join('\n'), cause);
}

/** Asserts that an error has exactly these contents, its tracking id apart. */
export function assertSameButTracking(
  actual: { trackingId: string },
  expected: { trackingId: string },
): void {
  assert.deepEqual(actual, { ...expected, trackingId: actual.trackingId });
  assert.deepEqual(Object.keys(actual), Object.keys(expected));
}
