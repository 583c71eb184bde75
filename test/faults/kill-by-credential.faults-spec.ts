import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { killOneOfTwo } from '../credentials/support/killing.js';
import { startServer, type TestServer } from '../support/server.js';

/** The long form of test/credentials/kill-by-credential. */
describe('revoking one of two secrets of a client', () => {
  let server: TestServer;
  let other: TestServer;
  before(async () => {
    server = await startServer();
    other = await startServer({ sharing: server });
  });
  after(async () => {
    await other.close();
    await server.close();
  });

  it('refuses exactly the 10,000 tokens bought with it; the 10,000 of its sister live; four rows are written', async () => {
    const written = await killOneOfTwo(server, other, 10_000);
    assert.deepEqual(written, ['audit_chain', 'audit_event', 'change_record', 'credential']);
  });
});
