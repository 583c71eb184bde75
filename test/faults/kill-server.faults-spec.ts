import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { killRoundAfterRound } from '../robustness/support/kill-rounds.js';

const rounds = Number(process.env['KILL_ROUNDS'] ?? 500);

/** The long form of test/robustness/kill-server; some 2 s a round. */
describe('kill -9 of the server in a stream of mutations', () => {
  it(`loses nothing that was acknowledged, and leaves nothing half, ${rounds} times`, async () => {
    const report = await killRoundAfterRound(rounds);
    console.log(JSON.stringify(report));
    assert.ok(report.done > 0 && report.undone > 0, JSON.stringify(report));
  });
});
