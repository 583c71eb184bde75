import type { TestDatabase } from '../../support/database.js';
import { type PopulationSize, populate } from '../../support/population.js';
import { testSettings } from '../../support/settings.js';

/** Below this many rows a sequential scan is what anybody would do. */
const fewRows = 1_000;

/** Tables that stay small however many clients and organizations there are. */
const smallTables = new Set([
  'audit_key',
  'key_use',
  'master_key',
  'migrations',
  'signing_key',
  // A row per stretch of an organization's audit log, which the log's own tests look after.
  'audit_checkpoint',
  'audit_dropped_segment',
]);

/** Fills a test database; its clients have the secrets of `populatedClient`. */
export async function fill(database: TestDatabase, size: PopulationSize): Promise<void> {
  const [pepper] = testSettings().secretPeppers;
  if (!pepper) throw new Error('The test settings have no pepper.');
  await populate((sql) => database.query(sql), size, pepper);
}

/** The tables in which there is much to scan. */
export async function largeTables(database: TestDatabase): Promise<Set<string>> {
  const counts = await rowCounts(database);
  return new Set([...counts].filter(([, count]) => count >= fewRows).map(([table]) => table));
}

/** The indexes that are of some rows only. */
export async function partialIndexes(database: TestDatabase): Promise<Set<string>> {
  const rows = await database.query<{ name: string }>(
    'select indexrelid::regclass::text as name from pg_index where indpred is not null',
  );
  return new Set(rows.map(({ name }) => name));
}

/** The tables that the population left empty although they grow: what asks them would go unnoticed. */
export async function forgottenTables(database: TestDatabase): Promise<string[]> {
  const counts = await rowCounts(database);
  return [...counts]
    .filter(([table, count]) => count < 100 && !smallTables.has(table))
    .map(([table]) => table);
}

/** The rows of every table, by its name. */
export async function rowCounts(database: TestDatabase): Promise<Map<string, number>> {
  const tables = await database.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
  );
  const counts = tables.map(
    ({ name }) => `select '${name}' as name, count(*)::integer as count from ${name}`,
  );
  const rows = await database.query<{ name: string; count: number }>(counts.join(' union all '));
  return new Map(rows.map(({ name, count }) => [name, count]));
}
