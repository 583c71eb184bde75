import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FloodedServer, type FloodFigures } from './flooded-server.js';
import { type FloodSize, floodsOf } from './floods.js';

interface FloodsOptions {
  /** How long the good clients are measured without a flood, and then beside each. */
  readonly seconds: number;
  readonly size: FloodSize;
  /** The p99 that the good clients may have in a flood, by the one they had before it. */
  readonly mostMs: (quietP99Ms: number) => number;
  /** By how much the resident memory may grow. */
  readonly mostMegabytes: number;
  readonly report?: (name: string, figures: FloodFigures) => void;
}

/** FLOOD=<words> floods with those alone whose names have these in them. */
const { FLOOD = '' } = process.env;

/** Tests each flood against one server: good clients must get all their tokens, and soon. */
export function describeFloods(title: string, options: FloodsOptions): void {
  const { seconds, size, mostMs, mostMegabytes, report } = options;
  const names = Object.keys(floodsOf({ goodClient: { clientId: '' } } as FloodedServer, size));
  describe(title, () => {
    let server: FloodedServer;
    before(async () => {
      server = await FloodedServer.start();
    });
    after(() => server.stop());

    for (const name of names.filter((one) => one.includes(FLOOD)))
      it(name, async () => {
        const flood = floodsOf(server, size)[name];
        assert.ok(flood);
        const figures = await server.measure(seconds, flood);
        report?.(name, figures);
        const { quietP99Ms, floodP99Ms, rssBeforeMegabytes, rssAfterMegabytes } = figures;
        const words = JSON.stringify(figures);
        assert.ok(floodP99Ms < mostMs(quietP99Ms), words);
        assert.ok(rssAfterMegabytes - rssBeforeMegabytes < mostMegabytes, words);
      });
  });
}
