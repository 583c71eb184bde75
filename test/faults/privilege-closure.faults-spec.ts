import { after, before, describe, it } from 'node:test';
import { walkConspiracies } from '../security/support/conspiracy-walks.js';
import { startServer, type TestServer } from '../support/server.js';

/** The long form of test/security/privilege-closure. */
describe('clients that conspire to get more than they were given', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('reach together what an operator gave to one of them, in 120 walks of 200 steps', async () => {
    console.log(`${await walkConspiracies(server, 120, 200)} attempts succeeded`);
  });
});
