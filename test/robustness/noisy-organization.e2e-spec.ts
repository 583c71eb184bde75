// @own-process
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FloodedServer } from './support/flooded-server.js';
import { median, NoisyOrganization } from './support/noisy-organization.js';

const requests = 200;
const rounds = 5;

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
  });

  it('costs less for what is refused than for what is granted', async () => {
    const [bounded, free] = [
      await NoisyOrganization.create(server, 1 / 60),
      await NoisyOrganization.create(server, 1_000),
    ];
    await bounded.ask();
    const costOf = (noisy: NoisyOrganization, status: number) =>
      server.cpuMs(async () => {
        for (let i = 0; i < requests; i++) assert.equal((await noisy.ask()).status, status);
      });
    const granted: number[] = [];
    const refused: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const costs = [await costOf(free, 200), await costOf(bounded, 429)] as const;
      // The first one warms up.
      if (round === 0) continue;
      granted.push(costs[0]);
      refused.push(costs[1]);
    }
    assert.ok(
      median(refused) < median(granted),
      `ms for ${requests}: ${refused} refused, ${granted} granted`,
    );
  });
});
