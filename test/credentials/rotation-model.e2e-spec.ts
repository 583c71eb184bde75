import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from '../support/server.js';
import { walkRotations } from './support/rotation-walks.js';

describe('the state machine of rotation, walked at random', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { trustedProxies: ['127.0.0.1'] } });
  });
  after(() => server.close());

  it('answers as the model does, never locks a client out, and tells the audit log of each step', async () => {
    await walkRotations(server, 16, 30);
  });
});
