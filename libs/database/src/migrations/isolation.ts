import type { QueryRunner } from 'typeorm';

/*
 * What these functions write is part of migrations that have run: it must not change. A better policy is a migration
 * that replaces the policies, with functions of its own.
 */

/*
 * Both settings are read once per statement, as sub-selects; after a transaction they are '' and not null. Where none
 * is set, no row is there.
 */
const ownOrganization = `(select nullif(current_setting('clientele.organization', true), '')::uuid)`;
const platformScope = `(select current_setting('clientele.scope', true)) = 'platform'`;

/**
 * Has PostgreSQL show and take rows of the table only within their organization, or in the platform's scope: for
 * every table that holds something of an organization. Binds the owner of the table too.
 *
 * @param column holds the organization's row id (uuid)
 */
export async function isolateByOrganization(
  runner: QueryRunner,
  table: string,
  column = 'organization_id',
): Promise<void> {
  await force(runner, table);
  await runner.query(`create policy own_organization on ${table} using (${column} = ${ownOrganization})`);
  await runner.query(`create policy platform on ${table} using (${platformScope})`);
}

/** Has the table show and take rows in the platform's scope alone, but lets everybody add some. */
export async function isolateForPlatform(runner: QueryRunner, table: string): Promise<void> {
  await force(runner, table);
  await runner.query(`create policy everybody_adds on ${table} for insert with check (true)`);
  await runner.query(`create policy platform on ${table} using (${platformScope})`);
}

/** Takes back what the functions above did. */
export async function endIsolation(runner: QueryRunner, table: string): Promise<void> {
  for (const policy of ['own_organization', 'everybody_adds', 'platform'])
    await runner.query(`drop policy if exists ${policy} on ${table}`);
  await runner.query(`alter table ${table} no force row level security, disable row level security`);
}

async function force(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(`alter table ${table} enable row level security, force row level security`);
}
