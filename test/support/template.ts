import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
// How the migrations are run is the one thing this file takes from the product.
import { dataSourceOptions } from '#libs/database';
import { databaseUrl } from './database-url.js';

/**
 * Makes a database with the schema and nothing else, for the test files to clone.
 *
 * @param adminUrl a user that may create databases and roles
 * @returns its name
 */
export async function prepareTemplate(adminUrl: string): Promise<string> {
  const name = `clientele_test_${randomBytes(4).toString('hex')}`;
  await runAsAdmin(adminUrl, [`CREATE DATABASE ${name}`]);
  const dataSource = new DataSource(
    dataSourceOptions({ url: databaseUrl(adminUrl, name), poolSize: 1, entities: [] }),
  );
  await dataSource.initialize();
  try {
    await dataSource.runMigrations();
  } finally {
    await dataSource.destroy();
  }
  // A connection that stays open would block every clone; nobody, autovacuum included, gets in any more.
  await runAsAdmin(adminUrl, [`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`]);
  return name;
}

/** Removes the template, and the clones that test processes left when they were ended. */
export async function dropTemplate(adminUrl: string, template: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>(
      `SELECT datname FROM pg_database WHERE starts_with(datname, $1)`,
      [template],
    );
    for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
  } finally {
    await client.end();
  }
}

async function runAsAdmin(adminUrl: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
