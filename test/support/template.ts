import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { createApplication } from '#app/application';
import { compose } from '#app/composition';
import { databaseUrl } from './database-url.js';
import { testSettings } from './settings.js';

/** The secret of the operator in every cloned database. */
export const templateOperatorSecret = 'operator-secret-of-the-tests';

/**
 * Makes a database as it is after a first start, for the test files to clone.
 *
 * @param adminUrl a user that may create databases and roles
 * @returns its name
 */
export async function prepareTemplate(adminUrl: string): Promise<string> {
  const name = `clientele_test_${randomBytes(4).toString('hex')}`;
  await runAsAdmin(adminUrl, [`CREATE DATABASE ${name}`]);
  // As a first start makes it: schema, signing keys and operator; so that the test files do not each make them.
  const settings = testSettings({ bootstrapClientSecret: templateOperatorSecret });
  const composition = await compose(settings, databaseUrl(adminUrl, name));
  const app = await createApplication(composition.module, settings);
  await app.init();
  await composition.bootstrap(app);
  await app.close();
  await composition.close();
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
