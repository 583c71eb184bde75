import type { SelectQueryBuilder } from 'typeorm';
import { type Page, type PagePosition, type PageRequest, pageOf } from '#libs/common';

/**
 * Fetches one page of a query in the order (created, id), which is the order in which cursors count.
 *
 * @param query with its conditions, and no order of its own
 */
export async function fetchPage<T extends PagePosition & object>(
  query: SelectQueryBuilder<T>,
  { limit, after }: PageRequest,
): Promise<Page<T>> {
  const { alias } = query;
  if (after) query.andWhere(`(${alias}.createdAt, ${alias}.id) > (:createdAt, :id)`, { ...after });
  const rows = await query
    .orderBy(`${alias}.createdAt`)
    .addOrderBy(`${alias}.id`)
    .limit(limit + 1)
    .getMany();
  return pageOf(rows, limit);
}
