import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FloodedServer } from '../robustness/support/flooded-server.js';
import { NoisyOrganization } from '../robustness/support/noisy-organization.js';

const seconds = 4;
const rounds = 9;
const tokensPerSecond = 10;
const mostTimesQuiet = 1.1;

/** The long form of test/robustness/noisy-organization: run it on a machine with nothing else to do. */
describe('an organization at 100 times its quota of tokens', () => {
  let server: FloodedServer;
  let noisy: NoisyOrganization;
  before(async () => {
    server = await FloodedServer.start();
    noisy = await NoisyOrganization.create(server, tokensPerSecond);
    // Uses its quota up, and warms up what answers it from then on.
    await server.measure(seconds, (signal) => noisy.makeNoise(signal));
  });
  after(async () => {
    await noisy.stop();
    await server.stop();
  });

  it('does not move the p99 of another by more than 10 %', async () => {
    const quiet: number[] = [];
    const beside: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const figures = await server.measure(seconds, (signal) => noisy.makeNoise(signal));
      quiet.push(figures.quietP99Ms);
      beside.push(figures.floodP99Ms);
    }
    const words = `p99 in ms: ${median(quiet)} quiet (${quiet}), ${median(beside)} beside it (${beside})`;
    console.log(words);
    assert.ok(median(beside) <= mostTimesQuiet * median(quiet), words);
  });
});

/** The middle one of some figures. */
function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
