import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from '../support/server.js';
import { walkConspiracies } from './support/conspiracy-walks.js';

describe('clients that conspire to get more than they were given', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('reach together what an operator gave to one of them, and nothing else', async () => {
    await walkConspiracies(server, 6, 100);
  });
});
