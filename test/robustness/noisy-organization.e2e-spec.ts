// @own-process
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FloodedServer } from './support/flooded-server.js';
import { NoisyOrganization } from './support/noisy-organization.js';

/** Short, and beside other tests: the figures are those of test/faults/noisy-organization. */
describe('an organization at 100 times its quota of tokens', () => {
  let server: FloodedServer;
  before(async () => {
    server = await FloodedServer.start();
  });
  after(() => server.stop());

  it('does not keep another from any token', async () => {
    const noisy = await NoisyOrganization.create(server, 0.5);
    // Fails when the other one gets anything but its tokens.
    const { goodRequests } = await server.measure(1, (signal) => noisy.makeNoise(signal));
    assert.ok(goodRequests > 20);
    assert.equal((await noisy.ask()).status, 429);
    await noisy.stop();
  });
});
