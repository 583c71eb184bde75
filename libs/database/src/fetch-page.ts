import type { SelectQueryBuilder } from 'typeorm';
import { type Page, type PagePosition, type PageRequest, pageOf } from '#libs/common';

/**
 * Fetches one page of a query in the order (created, id), which is the order in which cursors count.
 *
 * The ids are looked for by themselves, so that an index on this order answers alone: row-level security has the planner
 * believe that hardly any row is left, and it would read and sort all rows of a large organization for each page.
 *
 * @param query with its conditions, and no order of its own
 */
export async function fetchPage<T extends PagePosition & object>(
  query: SelectQueryBuilder<T>,
  { limit, after }: PageRequest,
): Promise<Page<T>> {
  const { alias } = query;
  if (after) query.andWhere(`(${alias}.createdAt, ${alias}.id) > (:createdAt, :id)`, { ...after });
  const inOrder = (one: SelectQueryBuilder<T>) => one.orderBy(`${alias}.createdAt`).addOrderBy(`${alias}.id`);
  const ids = inOrder(query.clone().select(`${alias}.id`)).limit(limit + 1);
  const rows = await inOrder(query.andWhere(`${alias}.id in (${ids.getQuery()})`)).getMany();
  return pageOf(rows, limit);
}
