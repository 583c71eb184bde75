import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.js';
import { createClient, createOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { assertIssued, requestByBasic, requestByPost } from '../support/token-requests.js';

const clientCount = 20;

describe('the memory of a server that has answered', () => {
  let here: TestServer;
  let server: ServerProcess;
  let directory: string;
  const clients: TestClient[] = [];
  before(async () => {
    here = await startServer();
    const { customerId, token } = await createOrganization(here);
    for (let left = clientCount; left > 0; left--) clients.push(await createClient(here, customerId, token));
    directory = await mkdtemp(join(tmpdir(), 'clientele-memory-'));
    const env = { NODE_OPTIONS: '--heapsnapshot-signal=SIGUSR2' };
    server = await startServerProcess(here.database.url, env, { cwd: directory });
  });
  after(async () => {
    await server.stop();
    await here.close();
    await rm(directory, { recursive: true });
  });

  /** Everything that lives on the heap after a collection. */
  async function readHeap(): Promise<string> {
    server.signal('SIGUSR2');
    return eventually(20_000, async () => {
      const name = (await readdir(directory)).find((each) => each.endsWith('.heapsnapshot'));
      assert.ok(name !== undefined, 'There is no snapshot of the heap.');
      const text = await readFile(join(directory, name), 'utf8');
      assert.ok(text.trimEnd().endsWith('}'), `Only ${text.length} characters of it are written.`);
      return text;
    });
  }

  it('has the clients that it knows, and none of their secrets', async () => {
    for (const [index, client] of clients.entries()) {
      const request = index % 2 === 0 ? requestByBasic : requestByPost;
      assertIssued(await request(server, client));
    }
    const heap = await readHeap();
    const known = clients.filter(({ clientId }) => heap.includes(`"${clientId}"`));
    assert.equal(known.length, clientCount);
    const kept = clients.filter(({ secret }) => heap.includes(secret));
    // What came last may wait in a buffer that the next request fills.
    assert.ok(kept.length <= 1, `${kept.length} secrets of ${clientCount} clients`);
  });
});
