import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Growth, growthBetween } from './harness/heap-snapshot.js';
import { machine } from './harness/report.js';
import { clientBody } from './scale/admin-writes.js';
import { uniformDraw } from './scale/draws.js';
import { Operator } from './scale/latencies.js';
import { PopulatedServer } from './scale/populated-server.js';

/*
 * npm run bench:memory -- [--tokens 1000000] [--minutes 30] [--points 10]: what one process holds after so many tokens of
 * 1,000 clients in turn, while an operator creates, reads and deletes others. The heap is looked at after a collection; it
 * must not grow from the third point on. With --minutes it lasts for at least so long, and what is in the heap is compared
 * between these two points.
 */

interface Point {
  readonly tokens: number;
  readonly minutes: number;
  readonly heapMb: number;
  readonly rssMb: number;
}

const organizations = 10;
const cachedAtMost = 10_000;
const loadSeconds = 5;
const mostRssMb = 400;
/** What caches may still fill after the first points. */
const mostGrowthMb = 8;
const firstSnapshotAt = 3;
const clientsAtOnce = 20;

const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: '0' },
    points: { type: 'string', default: '10' },
  },
});
const goal = { tokens: Number(values.tokens), minutes: Number(values.minutes) };
/** Not otherwise, for writing the heap out takes some 200 MB, most of which the process keeps. */
const isCompared = goal.minutes > 0;
const points = Number(values.points);
const results = fileURLToPath(new URL('../../bench/results', import.meta.url));
const directory = await mkdtemp(join(tmpdir(), 'clientele-memory-'));
try {
  const { measured, growth } = await measure();
  console.table(measured);
  if (isCompared) console.table(growth.slice(0, 20));
  await mkdir(results, { recursive: true });
  const name = isCompared ? `memory-${goal.minutes}-minutes` : 'memory';
  const report = { name, conditions: machine(), points: measured, ...(isCompared && { growth }) };
  await writeFile(join(results, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  const problem = problemOf(measured);
  console.log(problem ?? 'The memory is bounded.');
  if (problem) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function measure(): Promise<{ measured: Point[]; growth: Growth[] }> {
  const server = await PopulatedServer.start(directory, organizations, cachedAtMost);
  try {
    const operator = await Operator.at(server.origin);
    await server.draw(uniformDraw(10_000, server.clients));
    const measured: Point[] = [];
    const startedAt = performance.now();
    const minutes = () => (performance.now() - startedAt) / 60_000;
    let sent = 0;
    while (measured.length < points) {
      const share = (measured.length + 1) / points;
      while (sent < goal.tokens * share || minutes() < goal.minutes * share) {
        const [{ requests }] = await Promise.all([server.load(loadSeconds), administer(operator)]);
        sent += requests;
      }
      measured.push(await look(server, sent, minutes()));
      if (isCompared && measured.length === firstSnapshotAt) await server.writeHeapSnapshot(fileOf('first'));
    }
    if (!isCompared) return { measured, growth: [] };
    await server.writeHeapSnapshot(fileOf('last'));
    return { measured, growth: await growthBetween(fileOf('first'), fileOf('last')) };
  } finally {
    await server.end();
  }
}

async function look(server: PopulatedServer, tokens: number, minutes: number): Promise<Point> {
  const { rss, heapUsed } = await server.memory();
  const point = {
    tokens,
    minutes: Number(minutes.toFixed(1)),
    heapMb: megabytes(heapUsed),
    rssMb: megabytes(rss),
  };
  console.error(`${tokens} tokens: heap ${point.heapMb} MB, resident ${point.rssMb} MB`);
  return point;
}

function fileOf(name: 'first' | 'last'): string {
  return join(directory, `${name}.heapsnapshot`);
}

/** Creates some clients one by one, reads and deletes them. @throws Error when one of it does not succeed */
async function administer(operator: Operator): Promise<void> {
  for (let left = clientsAtOnce; left > 0; left--) {
    const body = clientBody();
    await operator.send('POST', '/clients', [body]);
    await operator.send('GET', `/clients/${body.clientId}`);
    await operator.send('DELETE', `/clients/${body.clientId}`);
  }
}

function problemOf(measured: readonly Point[]): string | undefined {
  const untouched = isCompared ? measured.slice(0, firstSnapshotAt) : measured;
  const most = Math.max(...untouched.map(({ rssMb }) => rssMb));
  if (most > mostRssMb) return `The process held ${most} MB, more than ${mostRssMb}.`;
  const [third, last] = [measured[firstSnapshotAt - 1], measured.at(-1)];
  const growth = (last?.heapMb ?? 0) - (third?.heapMb ?? 0);
  if (third && growth > mostGrowthMb) return `The heap grew by ${growth.toFixed(1)} MB.`;
}

function megabytes(bytes: number): number {
  return Number((bytes / 2 ** 20).toFixed(1));
}
