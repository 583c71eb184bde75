import type { ChildProcess } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formHeaders } from '../cases/forms.js';
import type { LoadOrder, LoadResult, Ready } from '../harness/contestant.js';
import { loadCore, serverCore } from '../harness/contestant.js';
import { cpuSecondsOf, end, messageOf, startOn } from '../harness/process.js';
import { adminWrites } from './admin-writes.js';
import { tokenBody, uniformDraw, zipfDraw } from './draws.js';
import { askOneByOne, Operator, percentile } from './latencies.js';

const cachedAtMost = 100_000;
const coldClients = 1_000;
const bodies = 60_000;
const seconds = 8;

/** Processor time in microseconds, latencies in milliseconds, memory in MB and bytes. */
export interface Measured {
  readonly readyMs: number;
  readonly firstTokenMs: number;
  readonly rssAtStartMb: number;
  readonly coldP50Ms: number;
  readonly coldP99Ms: number;
  readonly bytesPerCachedClient: number;
  readonly warmUniformCpuMicroseconds: number;
  readonly warmUniformPerSecond: number;
  readonly zipfCpuMicroseconds: number;
  readonly zipfPerSecond: number;
  readonly listMs: number;
  readonly getMs: number;
  readonly searchMs: number;
  readonly createMs: number;
  readonly createRatioToInserts: number;
  readonly bulkOf1000Ms: number;
  readonly rssAtEndMb: number;
}

/** Fills a database unless it is there, starts a server on it and measures. */
export async function measureSize(directory: string, organizations: number): Promise<Measured> {
  const clients = organizations * 100;
  const server = () =>
    startOn(serverCore, '../servers/populated.js', [directory, String(organizations), String(cachedAtMost)]);
  const filler = server();
  await messageOf<Ready>(filler);
  await end(filler);
  const startedAt = performance.now();
  const child = server();
  try {
    const ready = await messageOf<Ready & Record<string, number>>(child);
    const origin = `http://127.0.0.1:${ready.port}`;
    await askOneByOne(origin, [tokenBody(clients)]);
    const firstTokenMs = performance.now() - startedAt;
    const memoryBefore = await memoryOf(child);
    // Those at the end are asked by nobody else before.
    const cold = await askOneByOne(
      origin,
      Array.from({ length: Math.min(coldClients, clients / 2) }, (_, n) => tokenBody(clients - 1 - n)),
    );
    const cached = Math.min(clients / 2, 20_000);
    await askOneByOne(
      origin,
      Array.from({ length: cached }, (_, n) => tokenBody(n + 1)),
    );
    const memoryAfter = await memoryOf(child);
    const warmClients = Math.min(clients, 20_000);
    const uniform = await load(child, directory, ready.port, uniformDraw(bodies, warmClients));
    const zipf = await load(child, directory, ready.port, zipfDraw(bodies, clients));
    const operator = await Operator.at(origin);
    const writes = await adminWrites(operator, String(ready['databaseUrl']));
    const memoryAtEnd = await memoryOf(child);
    return {
      readyMs: Math.round(Number(ready['readyMs'])),
      firstTokenMs: Math.round(firstTokenMs),
      rssAtStartMb: megabytes(Number(ready['rssAtStart'])),
      coldP50Ms: percentile(cold, 0.5),
      coldP99Ms: percentile(cold, 0.99),
      bytesPerCachedClient: Math.round(
        (memoryAfter.heapUsed - memoryBefore.heapUsed) / (cached + cold.length),
      ),
      warmUniformCpuMicroseconds: uniform.cpuMicroseconds,
      warmUniformPerSecond: uniform.perSecond,
      zipfCpuMicroseconds: zipf.cpuMicroseconds,
      zipfPerSecond: zipf.perSecond,
      ...(await operator.latencies()),
      ...writes,
      rssAtEndMb: megabytes(memoryAtEnd.rss),
    };
  } finally {
    await end(child);
  }
}

async function memoryOf(child: ChildProcess): Promise<{ rss: number; heapUsed: number }> {
  const answer = messageOf<{ rss: number; heapUsed: number }>(child);
  child.send('memory');
  return answer;
}

/** Asks for tokens of these clients in turn: once to warm up, once to measure. @throws Error when one is refused */
async function load(child: ChildProcess, directory: string, port: number, draw: readonly number[]) {
  await mkdir(directory, { recursive: true });
  const bodiesFile = join(directory, 'token-bodies');
  await writeFile(bodiesFile, draw.map(tokenBody).join('\n'));
  const path = '/oauth/token';
  const url = `http://127.0.0.1:${port}${path}`;
  const order: LoadOrder = {
    path,
    url,
    method: 'POST',
    headers: formHeaders,
    bodiesFile,
    expectedStatus: 200,
    connections: 32,
    seconds,
    sent: 0,
  };
  const run = async () => {
    const generator = startOn(loadCore, './load.js', [JSON.stringify(order)]);
    const result = await messageOf<LoadResult>(generator);
    generator.disconnect();
    if (result.failures > 0) throw new Error(`${result.failures} requests for tokens failed.`);
    return result;
  };
  await run();
  const before = cpuSecondsOf(child.pid as number);
  const { requests } = await run();
  await rm(bodiesFile);
  const cpuMicroseconds = Number(
    (((cpuSecondsOf(child.pid as number) - before) / requests) * 1e6).toFixed(1),
  );
  return { cpuMicroseconds, perSecond: Math.round(requests / seconds) };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
