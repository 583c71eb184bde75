import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formHeaders } from './cases/forms.js';
import { type LoadOrder, type LoadResult, loadCore, type Ready, serverCore } from './harness/contestant.js';
import { end, messageOf, startOn } from './harness/process.js';
import { machine } from './harness/report.js';
import { tokenBody, uniformDraw } from './scale/draws.js';

/*
 * npm run bench:memory -- [--tokens 1000000] [--points 10]: what one process holds after so many tokens, of 1,000 clients
 * in turn. The heap is looked at after a collection; it must not grow from the third point on.
 */

interface Point {
  readonly tokens: number;
  readonly heapMb: number;
  readonly rssMb: number;
}

const organizations = 10;
const mostRssMb = 400;
/** What caches may still fill after the first points. */
const mostGrowthMb = 8;

const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: '1000000' },
    points: { type: 'string', default: '10' },
  },
});
const tokens = Number(values.tokens);
const points = Number(values.points);
const results = fileURLToPath(new URL('../../bench/results', import.meta.url));
const directory = await mkdtemp(join(tmpdir(), 'clientele-memory-'));
try {
  const measured = await measure();
  console.table(measured);
  await mkdir(results, { recursive: true });
  const report = { name: 'memory', conditions: machine(), points: measured };
  await writeFile(join(results, 'memory.json'), `${JSON.stringify(report, null, 2)}\n`);
  const problem = problemOf(measured);
  console.log(problem ?? 'The memory is bounded.');
  if (problem) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function measure(): Promise<Point[]> {
  const start = () => startOn(serverCore, '../servers/populated.js', [directory, String(organizations)]);
  const filler = start();
  await messageOf<Ready>(filler);
  await end(filler);
  const server = start();
  try {
    const { port } = await messageOf<Ready>(server);
    const bodiesFile = join(directory, 'token-bodies');
    await writeFile(
      bodiesFile,
      uniformDraw(10_000, organizations * 100)
        .map(tokenBody)
        .join('\n'),
    );
    const measured: Point[] = [];
    let sent = 0;
    while (measured.length < points) {
      const goal = (tokens * (measured.length + 1)) / points;
      while (sent < goal) sent += await load(port, bodiesFile, sent);
      server.send('memory');
      const { rss, heapUsed } = await messageOf<{ rss: number; heapUsed: number }>(server);
      measured.push({ tokens: sent, heapMb: megabytes(heapUsed), rssMb: megabytes(rss) });
      console.error(`${sent} tokens: heap ${megabytes(heapUsed)} MB, resident ${megabytes(rss)} MB`);
    }
    return measured;
  } finally {
    await end(server);
  }
}

/** @returns how many tokens were issued @throws Error when one was refused */
async function load(port: number, bodiesFile: string, sent: number): Promise<number> {
  const path = '/oauth/token';
  const url = `http://127.0.0.1:${port}${path}`;
  const how = { method: 'POST' as const, headers: formHeaders, bodiesFile, expectedStatus: 200 };
  const order: LoadOrder = { path, url, ...how, connections: 32, seconds: 5, sent };
  const generator = startOn(loadCore, './load.js', [JSON.stringify(order)]);
  const { requests, failures } = await messageOf<LoadResult>(generator);
  generator.disconnect();
  if (failures > 0) throw new Error(`${failures} requests for tokens failed.`);
  return requests;
}

function problemOf(measured: readonly Point[]): string | undefined {
  const most = Math.max(...measured.map(({ rssMb }) => rssMb));
  if (most > mostRssMb) return `The process held ${most} MB, more than ${mostRssMb}.`;
  const [third, last] = [measured[2], measured.at(-1)];
  const growth = (last?.heapMb ?? 0) - (third?.heapMb ?? 0);
  if (third && growth > mostGrowthMb) return `The heap grew by ${growth.toFixed(1)} MB.`;
}

function megabytes(bytes: number): number {
  return Number((bytes / 2 ** 20).toFixed(1));
}
