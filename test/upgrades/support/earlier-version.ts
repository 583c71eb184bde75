import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrations, runMigrations } from '#libs/database';
import { emptyDatabase, type TestDatabase } from '../../support/database.js';

const folder = fileURLToPath(new URL('../../../../test/upgrades/fixtures', import.meta.url));

interface KnownSecret {
  readonly what: string;
  readonly clientId: string;
  readonly secret: string;
  /** What the token endpoint answers to it. */
  readonly status: number;
}

interface KnownToken {
  readonly what: string;
  readonly token: string;
  readonly active: boolean;
}

/** What a version left behind, as scripts/record-upgrade-fixture.mjs wrote it down. */
export interface EarlierVersion {
  /** The name of its file: the timestamp of its newest migration. */
  readonly name: string;
  readonly recordedAt: string;
  readonly migrations: readonly string[];
  readonly customerId: string;
  readonly admin: { readonly clientId: string; readonly secret: string };
  readonly clients: readonly KnownSecret[];
  readonly tokens: readonly KnownToken[];
  /** A client whose tokens are re-used. */
  readonly reuser: { readonly clientId: string; readonly secret: string };
  /** A request that was answered under an Idempotency-Key. */
  readonly repeated: {
    readonly path: string;
    readonly key: string;
    readonly json: unknown;
    readonly answer: unknown;
  };
  readonly tables: Readonly<Record<string, readonly object[]>>;
}

/** Every version that was recorded. */
export function earlierVersions(): EarlierVersion[] {
  return readdirSync(folder).map((file) => ({
    name: file.replace('.json', ''),
    ...JSON.parse(readFileSync(join(folder, file), 'utf8')),
  }));
}

/** A database as that version left it: its schema by its own migrations, its rows as they were. */
export async function databaseOf({ migrations: names, tables }: EarlierVersion): Promise<TestDatabase> {
  const database = await emptyDatabase();
  const its = migrations.filter(({ name }) => names.includes(name));
  if (its.length !== names.length) throw new Error(`A migration of ${names.join()} is gone.`);
  await runMigrations(database.url, its);
  // Rows refer to rows of tables that come later in the alphabet.
  await database.query('set session_replication_role = replica');
  for (const [table, rows] of Object.entries(tables))
    await database.query(
      `insert into ${table} overriding system value select * from jsonb_populate_recordset(null::${table}, $1)`,
      [JSON.stringify(rows)],
    );
  await database.query('set session_replication_role = origin');
  await database.query(
    `select setval(pg_get_serial_sequence('change_record', 'id'), (select max(id) from change_record))`,
  );
  return database;
}
