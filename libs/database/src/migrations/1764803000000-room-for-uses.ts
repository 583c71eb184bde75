import type { MigrationInterface, QueryRunner } from 'typeorm';

/*
 * The hundredths of a page that inserted rows fill. A use changes a row of each of these tables, and no index where the
 * new version of the row has room beside the old one.
 */
const filled = { credential: 85, credential_use: 90 };

/**
 * Leaves room in the pages of what is updated by each use: the first use of a credential whose page was full wrote into
 * all seven indexes that it is in. Rows that are there stay where they are.
 */
export class RoomForUses1764803000000 implements MigrationInterface {
  readonly name = 'RoomForUses1764803000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, percent] of Object.entries(filled))
      await runner.query(`alter table ${table} set (fillfactor = ${percent})`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of Object.keys(filled)) await runner.query(`alter table ${table} reset (fillfactor)`);
  }
}
