import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FloodedServer } from '../robustness/support/flooded-server.js';
import { floodsOf } from '../robustness/support/floods.js';

const seconds = 10;
const mostTimesQuiet = 10;
const mostMegabytes = 300;
const size = { wrongSecretsPerSecond: 10_000, sockets: 10_000, chosenSecrets: 100 };
const names = Object.keys(floodsOf({ goodClient: { clientId: '' } } as FloodedServer, size));

/** The long form of test/robustness/floods: run it on a machine with nothing else to do. */
describe('good clients have a p99 of less than 10 times the quiet one in a flood of', () => {
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
      const words = JSON.stringify(figures);
      console.log(`${name}: ${words}`);
      assert.ok(figures.floodP99Ms < mostTimesQuiet * figures.quietP99Ms, words);
      assert.ok(figures.rssAfterMegabytes - figures.rssBeforeMegabytes < mostMegabytes, words);
    });
});
