import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TestServer } from '../../support/server.js';
import { mustTellTheSame, type RealCredentials, rotationCommands } from './rotation-commands.js';
import { RotationModel } from './rotation-model.js';
import { sceneAt } from './scene.js';

/** ROTATION_SEED=<n> repeats what was printed, or tries something else. */
const { ROTATION_SEED = '20261121' } = process.env;

/**
 * Walks the state machine of rotation at random, on the server and in a model, and asserts that they agree.
 *
 * @param server trusts 127.0.0.1 as a proxy
 */
export async function walkRotations(server: TestServer, numRuns: number, maxCommands: number): Promise<void> {
  let runs = 0;
  const property = fc.asyncProperty(
    fc.commands(rotationCommands, { maxCommands, size: 'max' }),
    async (commands) => {
      const scene = await sceneAt(server);
      const model = new RotationModel();
      const real: RealCredentials = {
        server,
        scene,
        ids: [scene.firstId],
        secrets: [scene.client.secret],
        address: `2001:db8:0:${(++runs).toString(16)}::1`,
        advancedSeconds: 0,
      };
      try {
        await fc.asyncModelRun(() => ({ model, real }), commands);
        await mustTellTheSame(model, real);
      } finally {
        server.advanceClock(-real.advancedSeconds);
      }
    },
  );
  const details = await fc.check(property, { seed: Number(ROTATION_SEED), numRuns });
  assert.ok(!details.failed, fc.defaultReportMessage(details) ?? '');
}
