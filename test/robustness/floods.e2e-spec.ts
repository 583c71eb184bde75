// @own-process
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FloodedServer } from './support/flooded-server.js';
import { floodsOf } from './support/floods.js';

const seconds = 0.4;
const soonMs = 300;
const mostMegabytes = 150;
const size = { wrongSecretsPerSecond: 2_000, sockets: 1_000, chosenSecrets: 30 };
const names = Object.keys(floodsOf({ goodClient: { clientId: '' } } as FloodedServer, size));

/** Short, and beside other tests: the figures are those of test/faults/floods. */
describe('good clients get their tokens soon in a flood of', () => {
  let server: FloodedServer;
  before(async () => {
    server = await FloodedServer.start();
  });
  after(() => server.stop());

  for (const name of names)
    it(name, async () => {
      const flood = floodsOf(server, size)[name];
      assert.ok(flood);
      const figures = await server.measure(seconds, flood);
      const { quietP99Ms, floodP99Ms, rssBeforeMegabytes, rssAfterMegabytes } = figures;
      const words = JSON.stringify(figures);
      assert.ok(floodP99Ms < Math.max(soonMs, 10 * quietP99Ms), words);
      assert.ok(rssAfterMegabytes - rssBeforeMegabytes < mostMegabytes, words);
    });
});
