import { randomBytes } from 'node:crypto';
import { Client, type QueryResultRow } from 'pg';
import { databaseUrl } from './database-url.js';
import { mustHaveLeakedNothing, noteDatabase } from './leak-watch.js';

/** A database of its own for a test file, with the schema and no rows. */
export interface TestDatabase {
  /** Its URL as the user that may do everything, as `DATABASE_URL` is to the server. */
  readonly url: string;
  /** Runs a statement past all rules of the application; for arranging and for looking at what was stored. */
  query<Row extends QueryResultRow = QueryResultRow>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  /**
   * Removes it, even under the connections of an application that is still running, after a last look at it.
   *
   * @throws AssertionError when a secret stands in it, or in what a server put out (leak-watch.ts)
   */
  drop(): Promise<void>;
}

/** Clones the migrated template of this test run, which takes some 40 ms. */
export function cloneDatabase(): Promise<TestDatabase> {
  return makeDatabase((template) => `TEMPLATE ${template} STRATEGY WAL_LOG`);
}

/** A database with nothing in it, for tests of how it gets its schema. */
export function emptyDatabase(): Promise<TestDatabase> {
  return makeDatabase(() => 'TEMPLATE template0');
}

async function makeDatabase(options: (template: string) => string): Promise<TestDatabase> {
  const serverUrl = process.env['TEST_CLUSTER_URL'];
  const template = process.env['TEST_TEMPLATE'];
  if (!serverUrl || !template)
    throw new Error('There is no test database server: run `npm test -- <part of the path of this file>`.');
  const name = `${template}_${randomBytes(4).toString('hex')}`;
  await runOnServer(serverUrl, `CREATE DATABASE ${name} ${options(template)}`);
  const url = databaseUrl(serverUrl, name);
  let connection: Promise<Client> | undefined;
  noteDatabase();
  const database: TestDatabase = {
    url,
    async query<Row extends QueryResultRow = QueryResultRow>(sql: string, parameters: unknown[] = []) {
      connection ??= connect(url);
      const { rows } = await (await connection).query<Row>(sql, parameters);
      return rows;
    },
    async drop() {
      try {
        await mustHaveLeakedNothing(database);
      } finally {
        await (await connection)?.end();
        await runOnServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }
    },
  };
  return database;
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

async function runOnServer(serverUrl: string, statement: string): Promise<void> {
  const client = await connect(serverUrl);
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
