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
/** What a server has answered that is warm: enough for its code to be compiled. */
const warmUpRequests = 20_000;
const bodies = 60_000;
const seconds = 8;

/** Processor time in microseconds, latencies in milliseconds, memory in MB and bytes. */
export interface Measured {
  readonly readyMs: number;
  readonly firstTokenMs: number;
  readonly rssAtStartMb: number;
  /** Of clients that are not in memory, right after the start. */
  readonly firstColdP50Ms: number;
  readonly firstColdP99Ms: number;
  /** The same once the server is warm. */
  readonly coldP50Ms: number;
  readonly coldP99Ms: number;
  readonly bytesPerCachedClient: number;
  readonly warmUniformCpuMicroseconds: number;
  readonly warmUniformPerSecond: number;
  /** Those that are in memory from an earlier run alone. */
  readonly zipfCpuMicroseconds: number;
  readonly zipfPerSecond: number;
  /** The first run, in which clients are loaded. */
  readonly zipfLoadingCpuMicroseconds: number;
  readonly zipfLoadingPerSecond: number;
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
    const firstCold = await askOneByOne(origin, coldBodies(clients, 0));
    const memoryBefore = await memoryOf(child);
    const cached = Math.min(clients / 2, warmUpRequests);
    await askOneByOne(
      origin,
      Array.from({ length: warmUpRequests }, (_, n) => tokenBody((n % cached) + 1)),
    );
    const memoryAfter = await memoryOf(child);
    const cold = await askOneByOne(origin, coldBodies(clients, 1));
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
      firstColdP50Ms: percentile(firstCold, 0.5),
      firstColdP99Ms: percentile(firstCold, 0.99),
      coldP50Ms: percentile(cold, 0.5),
      coldP99Ms: percentile(cold, 0.99),
      bytesPerCachedClient: Math.round((memoryAfter.heapUsed - memoryBefore.heapUsed) / cached),
      warmUniformCpuMicroseconds: uniform.warm.cpuMicroseconds,
      warmUniformPerSecond: uniform.warm.perSecond,
      zipfCpuMicroseconds: zipf.warm.cpuMicroseconds,
      zipfPerSecond: zipf.warm.perSecond,
      zipfLoadingCpuMicroseconds: zipf.loading.cpuMicroseconds,
      zipfLoadingPerSecond: zipf.loading.perSecond,
      ...(await operator.latencies()),
      ...writes,
      rssAtEndMb: megabytes(memoryAtEnd.rss),
    };
  } finally {
    await end(child);
  }
}

/** Of clients at the end, whom nobody else asks for before. @param part each has clients of its own */
function coldBodies(clients: number, part: number): string[] {
  const count = Math.min(coldClients, clients / 4);
  return Array.from({ length: count }, (_, n) => tokenBody(clients - 1 - part * count - n));
}

async function memoryOf(child: ChildProcess): Promise<{ rss: number; heapUsed: number }> {
  const answer = messageOf<{ rss: number; heapUsed: number }>(child);
  child.send('memory');
  return answer;
}

interface Load {
  readonly cpuMicroseconds: number;
  readonly perSecond: number;
}

/**
 * Asks for tokens of these clients in turn, until all of them were asked for and are in memory, and then again.
 *
 * @throws Error when one is refused
 */
async function load(
  child: ChildProcess,
  directory: string,
  port: number,
  draw: readonly number[],
): Promise<{ loading: Load; warm: Load }> {
  await mkdir(directory, { recursive: true });
  const bodiesFile = join(directory, 'token-bodies');
  await writeFile(bodiesFile, draw.map(tokenBody).join('\n'));
  const path = '/oauth/token';
  const url = `http://127.0.0.1:${port}${path}`;
  const order: Omit<LoadOrder, 'sent'> = {
    path,
    url,
    method: 'POST',
    headers: formHeaders,
    bodiesFile,
    expectedStatus: 200,
    connections: 32,
    seconds,
  };
  let sent = 0;
  const run = async (): Promise<Load> => {
    const before = cpuSecondsOf(child.pid as number);
    const generator = startOn(loadCore, './load.js', [JSON.stringify({ ...order, sent })]);
    const { requests, failures } = await messageOf<LoadResult>(generator);
    const cpuMicroseconds = ((cpuSecondsOf(child.pid as number) - before) / requests) * 1e6;
    generator.disconnect();
    if (failures > 0) throw new Error(`${failures} requests for tokens failed.`);
    sent += requests;
    return {
      cpuMicroseconds: Number(cpuMicroseconds.toFixed(1)),
      perSecond: Math.round(requests / seconds),
    };
  };
  const loading = await run();
  // No connection is much ahead of another one.
  while (sent < 1.2 * draw.length) await run();
  const warm = await run();
  await rm(bodiesFile);
  return { loading, warm };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
