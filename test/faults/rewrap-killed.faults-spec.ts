import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Rewraps } from '../secrets/support/rewraps.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';
import { startServerProcess } from '../support/server-process.js';
import { testSettings } from '../support/settings.js';

const [oldKey] = testSettings().masterKeys as [Buffer];
const newKey = Buffer.alloc(32, 'another master key');
/** A server begins a minute after its start. */
const patienceMs = 120_000;

describe('a server with a new master key before the old one that is killed while it seals anew', () => {
  let owner: TestServer;
  let rewraps: Rewraps;
  before(async () => {
    owner = await startServer();
    rewraps = await Rewraps.arrange(owner);
  });
  after(() => owner.close());

  const start = (...masterKeys: Buffer[]) =>
    startServerProcess(owner.database.url, {
      MASTER_KEY: masterKeys.map((key) => key.toString('base64')).join(),
    });

  it('leaves the rest to the next start, and then the old one may go (S-36)', async () => {
    const before = await rewraps.contents(oldKey);
    const first = await start(newKey, oldKey);
    await rewraps.untilUnderWay(patienceMs);
    first.signal('SIGKILL');
    await first.ended();
    const done = await rewraps.settled();
    console.log(`killed after ${done} of ${rewraps.expected}`);

    const second = await start(newKey, oldKey);
    await eventually(patienceMs, async () => assert.equal((await rewraps.done()).length, rewraps.expected));
    assert.equal(await second.stop(), 0);
    await rewraps.mustBeComplete(newKey, before);
    assert.equal(await (await start(newKey)).stop(), 0);
  });
});
