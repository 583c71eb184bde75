import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { killRoundAfterRound } from '../robustness/support/kill-rounds.js';

const times = 20;
const roundsEach = 25;

/** The long form of test/robustness/kill-server: 500 rounds, some 2 s each on a machine with nothing else to do. */
describe('kill -9 of the server in a stream of mutations', () => {
  for (let time = 1; time <= times; time++)
    it(`loses nothing acknowledged and leaves nothing half, ${roundsEach} rounds (${time} of ${times})`, async () => {
      const report = await killRoundAfterRound(roundsEach);
      console.log(JSON.stringify(report));
      assert.ok(report.acknowledged > 0 && report.done + report.undone > 0, JSON.stringify(report));
    });
});
