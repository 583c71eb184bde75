import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createClient, type TestOrganization } from './fixtures.js';
import type { Answer, RequestOptions } from './http-client.js';
import type { TestClient, TestServer } from './server.js';

/** Requests to a surface of the caller's organization, with the token of its administrator unless another is given. */
export type Surface = (method: string, path: string, options?: RequestOptions) => Promise<Answer>;

export function surfaceAt(server: TestServer, basePath: string, { token }: TestOrganization): Surface {
  return (method, path, options) => server.request(method, basePath + path, { token, ...options });
}

/** What a document prints, word for word. */
// biome-ignore lint/suspicious/noExplicitAny: documents have every shape
export async function documentsExample(path: string): Promise<any> {
  return JSON.parse(await readFile(`test/surfaces/fixtures/${path}.json`, 'utf8'));
}

/** A client that has these scopes and no role at all, made by the administrator; with a token of it. */
export async function callerWithScopes(
  server: TestServer,
  organization: TestOrganization,
  scope: readonly string[],
): Promise<TestClient & { token: string }> {
  const caller = await createClient(server, organization.customerId, organization.token, {
    scope,
    defaultRolesAssignmentEnabled: false,
  });
  return { ...caller, token: await server.token(caller) };
}

/**
 * Asserts that a value has the keys, types and nesting that a document prints, and the keys in that order.
 *
 * @param nullable paths that may be null in the place of what is printed: `credential.last_used_at`
 */
export function assertShape(
  actual: unknown,
  printed: unknown,
  nullable: readonly string[] = [],
  path = '',
): void {
  if (actual === null && nullable.includes(path)) return;
  assert.equal(typeOf(actual), typeOf(printed), `the type of ${path || 'the whole'}`);
  if (typeOf(printed) !== 'object') return;
  const fields = printed as Record<string, unknown>;
  assert.deepEqual(Object.keys(actual as object), Object.keys(fields), `the keys of ${path || 'the whole'}`);
  for (const [key, value] of Object.entries(fields)) {
    const below = path ? `${path}.${key}` : key;
    assertShape((actual as Record<string, unknown>)[key], value, nullable, below);
  }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}
