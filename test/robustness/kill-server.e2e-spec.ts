// @own-process
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { killRoundAfterRound } from './support/kill-rounds.js';

describe('kill -9 of the server in a stream of mutations', () => {
  it('loses nothing that was acknowledged, and leaves nothing half, five times', async () => {
    const { acknowledged, done, undone } = await killRoundAfterRound(5);
    assert.ok(acknowledged > 0);
    assert.ok(done + undone > 0, 'some had no answer');
  });
});
