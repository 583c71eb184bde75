import type { TestDatabase } from './database.js';

/**
 * Every value of every table of a database as text, like a dump.
 *
 * @param mostRows of each table; left out: all of them
 */
export async function dumpOf(database: TestDatabase, mostRows?: number): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    const rows = await database.query(`select * from ${name} limit $1`, [mostRows ?? null]);
    for (const row of rows) lines.push(`${name} ${Object.values(row).map(textOf).join(' ')}`);
  }
  return lines.join('\n');
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return `${value.toString('latin1')} ${value.toString('hex')}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
