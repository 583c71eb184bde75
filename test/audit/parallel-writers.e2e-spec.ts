import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from '../support/server.js';
import { writeInParallel } from './support/parallel-writers.js';
import { damageAtRandom } from './support/random-damages.js';

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

  it('has every change of 50 writers once, without a fork or a gap (S-44)', async () => {
    id = await writeInParallel(servers, { writers: 50, changesEach: 3, seals: 3 });
  });

  it('names the first bad entry after each of 20 damages at random places (S-45, S-47)', async () => {
    await damageAtRandom(servers[0], id, 20, 20261121);
  });
});
