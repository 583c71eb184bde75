import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { generateSecret } from '#libs/credentials';
import { sceneAt } from '../credentials/support/scene.js';
import { startServer, type TestServer } from '../support/server.js';

/** The limit for everybody together lets 300 a minute through. */
const rounds = 70;
const permutations = 5_000;
const leastLikely = 0.001;

/** The time of an answer for each kind of secret, in one round. */
type Round = readonly number[];

/* The answer is given before anything is looked up: what is measured is that nothing of it shows in its time. */
describe('POST /leaks', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { trustedProxies: ['127.0.0.0/8'] } });
  });
  after(() => server.close());

  it('takes as long for live, revoked, unknown and malformed secrets', async () => {
    const scene = await sceneAt(server);
    const revoked = await scene.succeed('POST', '');
    await scene.succeed('POST', `/${revoked.credentialId}/revoke`);
    const kinds = [
      () => scene.client.secret,
      () => revoked.clientSecret,
      generateSecret,
      () => `${generateSecret().slice(0, -1)}!`,
    ];
    const taken: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      const times: number[] = [];
      for (const kind of shuffled([...kinds.keys()])) {
        const headers = { 'x-forwarded-for': `10.0.${round}.${kind}` };
        const json = { secret: (kinds[kind] as () => string)() };
        const begin = performance.now();
        const { status } = await server.request('POST', '/leaks', { json, headers });
        times[kind] = performance.now() - begin;
        assert.equal(status, 202);
      }
      taken.push(times);
    }
    const observed = spreadOf(taken);
    let asFarApart = 0;
    for (let run = 0; run < permutations; run++) if (spreadOf(taken.map(shuffled)) >= observed) asFarApart++;
    const likely = asFarApart / permutations;
    const medians = mediansOf(taken).map((ms) => ms.toFixed(2));
    console.log(`medians of ${rounds}: ${medians.join(', ')} ms; by chance as far apart: ${likely}`);
    assert.ok(likely > leastLikely, `${medians} ms would be so far apart by chance with ${likely}`);
  });
});

/** How far the kinds are apart. */
function spreadOf(taken: readonly Round[]): number {
  const medians = mediansOf(taken);
  return Math.max(...medians) - Math.min(...medians);
}

function mediansOf(taken: readonly Round[]): number[] {
  return [...(taken[0] as Round).keys()].map((kind) => {
    const times = taken.map((times) => times[kind] as number).sort((a, b) => a - b);
    return times[Math.floor(times.length / 2)] as number;
  });
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}
