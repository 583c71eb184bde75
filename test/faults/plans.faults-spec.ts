import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fill } from '../scale/support/large-database.js';
import { type WalkPlans, walkRoutes } from '../scale/support/plans-of-routes.js';
import { explainStatements } from '../scale/support/statement-plans.js';
import { startServer, type TestServer } from '../support/server.js';

describe('with 1,000,000 clients in 10,000 organizations', () => {
  let owner: TestServer;
  let server: TestServer;
  let walk: WalkPlans;
  before(async () => {
    owner = await startServer();
    await fill(owner.database, { organizations: 10_000, clientsPerOrganization: 100 });
    await explainStatements(owner.database);
    server = await startServer({ sharing: owner });
    walk = await walkRoutes(server);
  });
  after(async () => {
    await server.close();
    await owner.close();
  });

  it('no statement of any route or chore scans a table', () => {
    assert.ok(walk.statements > 140, `only ${walk.statements} statements were explained`);
    assert.deepEqual(walk.scans, []);
  });
});
