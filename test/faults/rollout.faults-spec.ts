import { after, before, describe, it } from 'node:test';
import { rollOut } from '../credentials/support/rollout.js';
import { startServer, type TestServer } from '../support/server.js';

/** The long form of test/credentials/rollout. */
describe('a rotation while 200 workers read the new secret over a day', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { trustedProxies: ['127.0.0.1'] } });
  });
  after(() => server.close());

  it('fails no token request in steps of a quarter of an hour', async () => {
    await rollOut(server, {
      workers: 200,
      stragglers: [17, 142],
      stepSeconds: 900,
      pickUpSteps: 96,
      quietSteps: 16,
    });
  });
});
