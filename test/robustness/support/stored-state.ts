import type { TestDatabase } from '../../support/database.js';

/** A fingerprint of the rows of every table. */
export type StoredState = ReadonlyMap<string, string>;

/** What may change although a request is refused: who failed and what was used when, and what chores count of keys. */
const bookkeepingTables = [
  'audit_chain',
  'audit_checkpoint',
  'audit_event',
  'audit_key',
  'credential_source',
  'credential_use',
  'key_use',
  'master_key',
  'network_refusal',
];
const bookkeepingColumns = ['last_used_at', 'last_address', 'last_user_agent'];

/** Reads the state of a database but for the bookkeeping; tables that are added are in it. */
export class StateReader {
  private constructor(private readonly database: TestDatabase) {}

  static async of(database: TestDatabase): Promise<StateReader> {
    const tables = await database.query<{ name: string }>(
      `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
    );
    const columns = `array[${bookkeepingColumns.map((column) => `'${column}'`).join()}]`;
    const statement = tables
      .filter(({ name }) => !bookkeepingTables.includes(name))
      .map(
        ({ name }) =>
          `select '${name}' as name, count(*) || ' rows, ' || md5(coalesce(string_agg(h, '' order by h), '')) as state
           from (select md5((to_jsonb(t) - ${columns})::text) as h from "${name}" t) as hashed`,
      )
      .join(' union all ');
    // Planned once: it is read after each of a thousand requests.
    await database.query(`prepare stored_state as ${statement}`);
    return new StateReader(database);
  }

  async read(): Promise<StoredState> {
    const rows = await this.database.query<{ name: string; state: string }>('execute stored_state');
    return new Map(rows.map(({ name, state }) => [name, state]));
  }
}

/** The tables in which two states differ, with both. */
export function differences(before: StoredState, after: StoredState): string[] {
  return [...after]
    .filter(([name, state]) => before.get(name) !== state)
    .map(([name, state]) => `${name}: ${before.get(name)} became ${state}`);
}
