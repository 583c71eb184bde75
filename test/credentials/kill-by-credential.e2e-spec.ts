import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from '../support/server.js';
import { killOneOfTwo } from './support/killing.js';

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

  it('refuses exactly the tokens bought with it, and writes as many rows for 100 of them as for one', async () => {
    const one = await killOneOfTwo(server, other, 1);
    const many = await killOneOfTwo(server, other, 100);
    assert.deepEqual(many, one);
    // The credential, what the other instances are told, and the audit log with the head of its chain.
    assert.deepEqual(many, ['audit_chain', 'audit_event', 'change_record', 'credential']);
  });
});
