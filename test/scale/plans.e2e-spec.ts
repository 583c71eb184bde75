// @own-process
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from '../support/server.js';
import { fill, forgottenTables } from './support/large-database.js';
import { type WalkPlans, walkRoutes } from './support/plans-of-routes.js';
import { explainStatements } from './support/statement-plans.js';

/* The long form, with a million clients, is test/faults/plans.faults-spec.ts. */
describe('with 10,000 clients in 2,500 organizations', () => {
  let owner: TestServer;
  let server: TestServer;
  let walk: WalkPlans;
  before(async () => {
    owner = await startServer();
    // So many that tables of a row per organization are worth a scan as well.
    await fill(owner.database, { organizations: 2_500, clientsPerOrganization: 4 });
    await explainStatements(owner.database);
    server = await startServer({ sharing: owner });
    walk = await walkRoutes(server);
  });
  after(async () => {
    await server.close();
    await owner.close();
  });

  it('every table that grows has rows: a new one belongs into test/support/population.ts', async () => {
    assert.deepEqual(await forgottenTables(owner.database), []);
  });

  it('no statement of any route or chore scans a table', () => {
    assert.ok(walk.statements > 140, `only ${walk.statements} statements were explained`);
    assert.deepEqual(walk.scans, []);
  });

  it('most routes did what they are for, and the scenes most of the others', () => {
    assert.ok(walk.refused.length <= 30, walk.refused.join(', '));
  });
});
