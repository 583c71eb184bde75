import assert from 'node:assert/strict';
import type { TestDatabase } from '../../support/database.js';
import type { TestClient, TestServer } from '../../support/server.js';

const atOnce = 32;

/** Does the work for each item, a few at a time. @returns the results in the order of the items */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++)
      results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** Buys so many tokens with the secret. */
export function buyTokens(server: TestServer, client: TestClient, count: number): Promise<string[]> {
  return inTurns(Array.from({ length: count }), () => server.token(client));
}

/** How many of the tokens are alive, as the client is told that asks with its secret. */
export async function countAlive(
  server: TestServer,
  by: TestClient,
  tokens: readonly string[],
): Promise<number> {
  const alive = await inTurns(tokens, async (token) => {
    const answer = await server.request('POST', '/oauth/introspect', {
      basic: [by.clientId, by.secret],
      form: { token },
    });
    assert.equal(answer.status, 200, answer.text);
    return answer.body.active as boolean;
  });
  return alive.filter(Boolean).length;
}

/** Every row of every table as text, with its table. */
export async function rowsOf(database: TestDatabase): Promise<Set<string>> {
  const tables = await database.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const rows = new Set<string>();
  for (const { name } of tables) {
    for (const { row } of await database.query<{ row: string }>(`select t::text as row from "${name}" t`))
      rows.add(`${name} ${row}`);
  }
  return rows;
}

/** The tables of the rows that were written between the two looks: added or changed, or deleted. */
export function writtenBetween(before: ReadonlySet<string>, after: ReadonlySet<string>): string[] {
  const added = [...after].filter((row) => !before.has(row));
  const changedTables = added.map((row) => row.slice(0, row.indexOf(' ')));
  const deleted = before.size + added.length - after.size;
  // A change takes one away and adds one: only what is beyond that was deleted.
  const updates = Math.min(deleted, added.length);
  return [...changedTables, ...Array<string>(deleted - updates).fill('deleted')].sort();
}
