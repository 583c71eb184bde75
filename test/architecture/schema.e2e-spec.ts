import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createDataSource } from '#ormconfig';
import { cloneDatabase, type TestDatabase } from '../support/database.js';

describe('the schema', () => {
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase();
  });
  after(() => database.drop());

  it('made by the migrations is the one that the entities describe', async () => {
    const dataSource = await createDataSource(database.url, 1).initialize();
    try {
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      assert.deepEqual(
        upQueries.map(({ query }) => query),
        [],
      );
    } finally {
      await dataSource.destroy();
    }
  });

  it('can be taken back and made again by the newest migration', async () => {
    const dataSource = await createDataSource(database.url, 1).initialize();
    try {
      await dataSource.undoLastMigration();
      const ran = await dataSource.runMigrations({ transaction: 'each' });
      assert.equal(ran.length, 1);
    } finally {
      await dataSource.destroy();
    }
  });
});
