import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FloodedServer } from '../robustness/support/flooded-server.js';
import { median, NoisyOrganization } from '../robustness/support/noisy-organization.js';

const seconds = 4;
const rounds = 9;
const tokensPerSecond = 10;
const mostTimesQuiet = 1.1;

/** The long form of test/robustness/noisy-organization: run it on a machine with nothing else to do. */
describe('an organization at 100 times its quota of tokens', () => {
  let server: FloodedServer;
  before(async () => {
    server = await FloodedServer.start();
  });
  after(() => server.stop());

  it('does not move the p99 of another by more than 10 %', async () => {
    const noisy = await NoisyOrganization.create(server, tokensPerSecond);
    const quiet: number[] = [];
    const flooded: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const figures = await server.measure(seconds, (signal) => noisy.makeNoise(signal));
      quiet.push(figures.quietP99Ms);
      flooded.push(figures.floodP99Ms);
    }
    const words = `p99 in ms: ${median(quiet)} quiet (${quiet}), ${median(flooded)} beside it (${flooded})`;
    console.log(words);
    assert.ok(median(flooded) <= mostTimesQuiet * median(quiet), words);
  });
});
