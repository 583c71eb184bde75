import type { MigrationInterface, QueryRunner } from 'typeorm';
import { replaceIndexes, restoreIndexes } from './indexes.js';

/** Notices that a credential has not the life for count as given, by the shortest of them. */
const settle = `
  with some_of_them as (select id from credential where id > $1 order by id limit 10000),
    settled as (
      update credential k set expiry_noted_days =
        (select min(days) from unnest(array[1, 7, 14, 30, 60, 90]) as notice (days)
         where k.expires_at <= k.created_at + days * interval '24 hours')
      from some_of_them s where k.id = s.id and k.revoked_at is null and k.expiry_noted_days is null
        and k.expires_at <= k.created_at + 90 * interval '24 hours')
  select max(id::text) as last from some_of_them`;

const newIndexes = {
  credential_notice_to_give: `credential
    ((case when expiry_noted_days is null then 1000 else expiry_noted_days end), expires_at)
  where expires_at is not null and revoked_at is null and expiry_noted_days is distinct from 0
    and (retires_at is null or retires_at > expires_at)`,
};
const oldIndexes = {
  credential_expiry_to_note: `credential (expires_at)
  where expires_at is not null and revoked_at is null and expiry_noted_days is distinct from 0`,
};

/**
 * The credentials that are due for a notice of their expiry are found without looking at all that expire within 90
 * days. A server of the version before goes on giving notices, and takes longer to find them.
 */
export class ExpiryNotices1764801000000 implements MigrationInterface {
  readonly name = 'ExpiryNotices1764801000000';
  /** The index is made while the table is written to. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('set lock_timeout = 0');
    for (let after: string | null = '00000000-0000-0000-0000-000000000000'; after !== null; ) {
      const [row]: { last: string | null }[] = await runner.query(settle, [after]);
      after = row?.last ?? null;
    }
    await replaceIndexes(runner, newIndexes, oldIndexes);
    await runner.query('reset lock_timeout');
  }

  async down(runner: QueryRunner): Promise<void> {
    await restoreIndexes(runner, newIndexes, oldIndexes);
  }
}
