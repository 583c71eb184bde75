import type { SelectQueryBuilder } from 'typeorm';
import { type Page, type PagePosition, type PageRequest, pageOf } from '#libs/common';

/**
 * Fetches one page of a query in the order (created, id), which is the order in which cursors count.
 *
 * The ids are looked for by themselves, so that an index on this order answers alone, and the rows by these ids and
 * nothing else: row-level security has the planner believe that hardly any row is left, and it would read and sort all
 * rows of a large organization for each page. The index has to have the organization, for the policies ask for it.
 *
 * @param query with its conditions, and no order of its own
 * @param complete adds to the rows of the page what belongs to them
 */
export async function fetchPage<T extends PagePosition & object>(
  query: SelectQueryBuilder<T>,
  { limit, after }: PageRequest,
  complete: (rows: SelectQueryBuilder<T>) => SelectQueryBuilder<T> = (rows) => rows,
): Promise<Page<T>> {
  const { alias } = query;
  const inOrder = (one: SelectQueryBuilder<T>) => one.orderBy(`${alias}.createdAt`).addOrderBy(`${alias}.id`);
  const ids = inOrder(query.clone().select(`${alias}.id`)).limit(limit + 1);
  if (after) ids.andWhere(`(${alias}.createdAt, ${alias}.id) > (:createdAt, :id)`, { ...after });
  const rows = query.where(`${alias}.id = any(array(${ids.getQuery()}))`).setParameters(ids.getParameters());
  return pageOf(await inOrder(complete(rows)).getMany(), limit);
}
