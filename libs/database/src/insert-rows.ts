import type { EntityManager, EntityMetadata } from 'typeorm';

type Conflicting = 'ignored' | 'refused';

/**
 * Inserts rows of an entity, all of its columns, in one statement. Its text is the same for one row and for a thousand,
 * so that it is planned once, and it is on its way when this returns: TypeORM's own insert waits for listeners first, and
 * statements that were asked for later would overtake it.
 *
 * @returns the ids of the rows that were inserted; a row that conflicts with one that is there is left out when
 *   `conflicting` is `ignored`
 * @throws QueryFailedError for a row that breaks a constraint
 */
export function insertRows<T extends object>(
  manager: EntityManager,
  entity: new () => T,
  rows: readonly T[],
  conflicting: Conflicting = 'refused',
): Promise<{ id: string }[]> {
  const metadata = manager.dataSource.getMetadata(entity);
  return manager.query(statementOf(metadata, conflicting), [JSON.stringify(rows.map(recordOf(metadata)))]);
}

const statements = new WeakMap<EntityMetadata, Map<Conflicting, string>>();

function statementOf(metadata: EntityMetadata, conflicting: Conflicting): string {
  const known = statements.get(metadata) ?? new Map<Conflicting, string>();
  statements.set(metadata, known);
  const text = known.get(conflicting) ?? textOf(metadata, conflicting);
  known.set(conflicting, text);
  return text;
}

function textOf({ tableName, columns }: EntityMetadata, conflicting: Conflicting): string {
  const names = columns.map(({ databaseName }) => `"${databaseName}"`).join(', ');
  return `insert into ${tableName} (${names})
    select ${names} from jsonb_populate_recordset(null::${tableName}, $1::jsonb)
    ${conflicting === 'ignored' ? 'on conflict do nothing ' : ''}returning id`;
}

/** The row as PostgreSQL reads it from JSON. */
function recordOf({ columns }: EntityMetadata): (row: object) => object {
  return (row) =>
    Object.fromEntries(
      columns.map((column) => [column.databaseName, jsonOf(column.getEntityValue(row) as unknown)]),
    );
}

function jsonOf(value: unknown): unknown {
  return Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value;
}
