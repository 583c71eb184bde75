import type { TestDatabase } from '../../support/database.js';

interface ColumnFacts {
  readonly type: string;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
}

interface TableFacts {
  /** Changes when every row is written anew. */
  readonly file: string;
  readonly isolated: boolean;
  readonly columns: Readonly<Record<string, ColumnFacts>>;
  /** CHECK, UNIQUE and the like, by name. */
  readonly constraints: Readonly<Record<string, string>>;
  readonly indexes: readonly string[];
}

/** Every table as servers of any version meet it. */
export type SchemaFacts = Readonly<Record<string, TableFacts>>;

export async function schemaFacts(database: TestDatabase): Promise<SchemaFacts> {
  const rows = await database.query<{ name: string } & TableFacts>(`
    select c.relname as name, pg_relation_filenode(c.oid)::text as file, c.relforcerowsecurity as isolated,
      (select jsonb_object_agg(a.attname, jsonb_build_object('type', format_type(a.atttypid, a.atttypmod),
          'nullable', not a.attnotnull, 'hasDefault', a.atthasdef or a.attidentity <> ''))
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select coalesce(jsonb_object_agg(conname, pg_get_constraintdef(oid)), '{}') from pg_constraint
        where conrelid = c.oid and contype in ('c', 'f', 'u', 'p', 'x')) as constraints,
      (select coalesce(jsonb_agg(i.indexrelid::regclass::text), '[]') from pg_index i where i.indrelid = c.oid
        and not exists (select from pg_constraint where conindid = i.indexrelid)) as indexes
    from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
      and c.relname not in ('migrations', 'typeorm_metadata')`);
  return Object.fromEntries(rows.map(({ name, ...facts }) => [name, facts]));
}

/**
 * What of a change would stop or break a server of the version before, or keep it waiting; empty when it only expands
 * the schema (docs/decisions/0014-expand-migrate-contract.md).
 *
 * @param inTransaction whether the migration runs in one: only then does a new index keep writers waiting
 */
export function hindrances(before: SchemaFacts, after: SchemaFacts, inTransaction: boolean): string[] {
  return Object.entries(before).flatMap(([table, old]) => {
    const now = after[table];
    if (!now) return [`${table}: gone`];
    return [
      ...columnHindrances(old, now),
      ...constraintHindrances(old, now),
      ...(now.file === old.file ? [] : ['rewritten']),
      ...(now.isolated && !old.isolated ? ['isolated'] : []),
      ...now.indexes
        .filter((index) => inTransaction && !old.indexes.includes(index))
        .map((index) => `index ${index}`),
    ].map((finding) => `${table}: ${finding}`);
  });
}

function columnHindrances(old: TableFacts, now: TableFacts): string[] {
  const changed = Object.entries(old.columns).flatMap(([name, column]) => {
    const current = now.columns[name];
    if (!current) return [`${name} gone`];
    if (current.type !== column.type) return [`${name} of another type`];
    if (column.nullable && !current.nullable) return [`${name} demanded`];
    if (column.hasDefault && !current.hasDefault && !current.nullable) return [`${name} without its default`];
    return [];
  });
  const demanded = Object.entries(now.columns).filter(
    ([name, { nullable, hasDefault }]) => !(name in old.columns) && !nullable && !hasDefault,
  );
  return [...changed, ...demanded.map(([name]) => `${name} demanded`)];
}

/** A constraint that is new on an old table is checked against all its rows under a lock, and binds the old version. */
function constraintHindrances(old: TableFacts, now: TableFacts): string[] {
  return Object.entries(now.constraints)
    .filter(([name, definition]) => old.constraints[name] !== definition && !/ NOT VALID$/.test(definition))
    .map(([name]) => `constraint ${name}`);
}
