import assert from 'node:assert/strict';
import { CredentialUsage } from '#libs/credentials';
import type { TestServer } from '../../support/server.js';
import { type Scene, sceneAt } from './scene.js';
import { inTurns } from './tokens-of.js';

interface Worker {
  readonly address: string;
  readonly userAgent: string;
  secret: string;
  /** In which step it reads the new secret; never: it has to be told. */
  readonly picksUpAt: number;
}

/** How a rollout goes; a step is the time between two token requests of a worker. */
export interface Rollout {
  readonly workers: number;
  readonly stragglers: readonly number[];
  readonly stepSeconds: number;
  /** Within so many steps all but the stragglers have read the new secret. */
  readonly pickUpSteps: number;
  /** How many steps without a use retire the old secret; more than one, or a working worker is quiet for as long. */
  readonly quietSteps: number;
}

/**
 * Rotates the secret of a client whose workers read the new one one after the other, over simulated hours, and asserts
 * that no token request fails, that the report names the stragglers and nobody else, and that the old secret ends only
 * after they were told.
 *
 * @param server trusts 127.0.0.1 as a proxy
 */
export async function rollOut(server: TestServer, rollout: Rollout): Promise<void> {
  const { stragglers, stepSeconds, pickUpSteps, quietSteps } = rollout;
  const scene = await sceneAt(server);
  const workers = workersOf(rollout, scene);
  const { clientSecret } = await scene.succeed('POST', `/${scene.firstId}/rotate`, {
    retireAfterQuietSeconds: quietSteps * stepSeconds,
  });
  const work = async (step: number) => {
    server.advanceClock(stepSeconds);
    for (const worker of workers) if (worker.picksUpAt === step) worker.secret = clientSecret;
    const statuses = await inTurns(workers, (worker) => askAs(scene, worker));
    assert.deepEqual(new Set(statuses), new Set([200]), `step ${step}`);
    await server.app.get(CredentialUsage, { strict: false }).flush();
  };
  const rotation = (query = '') => scene.succeed('GET', `/${scene.firstId}/rotation${query}`);

  // The old secret goes on for as long as somebody has it, though that takes far longer than the time of quiet.
  const longEnough = pickUpSteps + quietSteps + 1;
  for (let step = 1; step <= longEnough; step++) await work(step);
  const { state, users, usedBy } = await rotation(`?withinSeconds=${Math.floor(stepSeconds / 2)}`);
  assert.deepEqual([state, users], ['retiring', stragglers.length]);
  const named = usedBy.map(({ address, userAgent }: Worker) => `${address} ${userAgent}`);
  assert.deepEqual(
    named.sort(),
    stragglers.map((index) => `${workers[index]?.address} ${workers[index]?.userAgent}`).sort(),
  );

  for (const index of stragglers) (workers[index] as Worker).secret = clientSecret;
  for (let step = 1; step <= quietSteps + 1; step++) await work(longEnough + step);
  assert.match((await rotation()).state, /^(retired|completed)$/);
  assert.equal(await scene.works(scene.client.secret), false);
}

function workersOf({ workers, stragglers, pickUpSteps }: Rollout, { client }: Scene): Worker[] {
  return Array.from({ length: workers }, (_, index) => ({
    address: `10.0.${index >> 8}.${index & 255}`,
    userAgent: `worker-${index}`,
    secret: client.secret,
    // Spread without being in order.
    picksUpAt: stragglers.includes(index) ? Number.POSITIVE_INFINITY : 1 + ((index * 7_919) % pickUpSteps),
  }));
}

async function askAs({ ask }: Scene, { secret, address, userAgent }: Worker): Promise<number> {
  return (await ask(secret, { 'x-forwarded-for': address, 'user-agent': `${userAgent}/1.0` })).status;
}
