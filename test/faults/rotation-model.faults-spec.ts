import { after, before, describe, it } from 'node:test';
import { walkRotations } from '../credentials/support/rotation-walks.js';
import { startServer, type TestServer } from '../support/server.js';

/** The long form of test/credentials/rotation-model. */
describe('the state machine of rotation, walked at random', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { trustedProxies: ['127.0.0.1'] } });
  });
  after(() => server.close());

  it('answers as the model does in 100 walks of 50 steps', async () => {
    await walkRotations(server, 100, 50);
  });
});
