import { after, before, describe, it } from 'node:test';
import { writeInParallel } from '../audit/support/parallel-writers.js';
import { damageAtRandom } from '../audit/support/random-damages.js';
import { startServer, type TestServer } from '../support/server.js';

/** The long form of test/audit/parallel-writers. */
describe('the audit log of an organization that many change at once on two instances', () => {
  let servers: [TestServer, TestServer];
  let id: string;
  before(async () => {
    const server = await startServer();
    servers = [server, await startServer({ sharing: server })];
  });
  after(async () => {
    for (const server of servers.toReversed()) await server.close();
  });

  it('has each of 10,000 changes of 50 writers once, without a fork or a gap (S-44)', async () => {
    await writeInParallel(servers, { writers: 50, changesEach: 200, seals: 40 });
  });

  it('names the first bad entry after each of 200 damages at random places (S-45, S-47)', async () => {
    id = await writeInParallel(servers, { writers: 50, changesEach: 10, seals: 8 });
    await damageAtRandom(servers[0], id, 200, 20261122);
  });
});
