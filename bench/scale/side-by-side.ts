import { spreadOf } from '../harness/spread.js';
import { AdminWrites } from './admin-writes.js';
import { tokenBody, uniformDraw, zipfDraw } from './draws.js';
import { askOneByOne, Operator, percentile } from './latencies.js';
import { type Load, PopulatedServer } from './populated-server.js';

const cachedAtMost = 100_000;
const coldClients = 2_000;
const coldRounds = 5;
/** What a server has answered that is warm: enough for its code to be compiled. */
const warmUpRequests = 20_000;
const drawn = 60_000;
const loadRounds = 5;
const loadSeconds = 4;
const adminRounds = 6;

/** What was measured of one size, by name: microseconds, milliseconds, megabytes and bytes, as the names say. */
export type Measured = Readonly<Record<string, number>>;

/** One of the servers, and what has been measured of it so far. */
interface Subject {
  readonly server: PopulatedServer;
  readonly measured: Record<string, number>;
}

/**
 * Measures servers of two sizes in alternating rounds, so that what else goes on in the machine meets both alike; what can
 * be measured once alone, the start, is measured at the start of each.
 */
export async function measureSideBySide(directories: readonly [string, string]): Promise<Measured[]> {
  const subjects: Subject[] = [];
  try {
    for (const [index, organizations] of [10, 10_000].entries())
      subjects.push(await startSubject(directories[index] as string, organizations));
    await measureColdClients(subjects);
    await measureTokens(subjects, 'warmUniform', ({ clients }) =>
      uniformDraw(drawn, Math.min(clients, 20_000)),
    );
    await measureTokens(subjects, 'zipf', ({ clients }) => zipfDraw(drawn, clients));
    await measureAdministration(subjects);
    for (const { server, measured } of subjects)
      measured['rssAtEndMb'] = megabytes((await server.memory()).rss);
    return subjects.map(({ measured }) => measured);
  } finally {
    for (const { server } of subjects) await server.end();
  }
}

async function startSubject(directory: string, organizations: number): Promise<Subject> {
  const server = await PopulatedServer.start(directory, organizations, cachedAtMost);
  const { clients, origin, firstTokenMs } = server;
  const firstCold = await askOneByOne(origin, coldBodies(server, 0));
  const before = await server.memory();
  const cached = Math.min(clients / 2, warmUpRequests);
  const known = Array.from({ length: warmUpRequests }, (_, n) => tokenBody((n % cached) + 1));
  await askOneByOne(origin, known);
  const after = await server.memory();
  const measured = {
    readyMs: Math.round(Number(server.fact('readyMs'))),
    firstTokenMs: Math.round(firstTokenMs),
    rssAtStartMb: megabytes(Number(server.fact('rssAtStart'))),
    firstColdP50Ms: percentile(firstCold, 0.5),
    firstColdP99Ms: percentile(firstCold, 0.99),
    bytesPerCachedClient: Math.round((after.heapUsed - before.heapUsed) / cached),
  };
  return { server, measured };
}

async function measureColdClients(subjects: readonly Subject[]): Promise<void> {
  const latencies = subjects.map((): number[] => []);
  for (let round = 1; round <= coldRounds; round++)
    for (const [index, { server }] of subjects.entries())
      latencies[index]?.push(...(await askOneByOne(server.origin, coldBodies(server, round))));
  for (const [index, { measured }] of subjects.entries()) {
    measured['coldP50Ms'] = percentile(latencies[index] ?? [], 0.5);
    measured['coldP99Ms'] = percentile(latencies[index] ?? [], 0.99);
  }
}

/** Of clients at the end, whom nobody else asks for before. @param round each has clients of its own */
function coldBodies({ clients }: PopulatedServer, round: number): string[] {
  const count = Math.min(coldClients, clients / 20);
  return Array.from({ length: count }, (_, n) => tokenBody(clients - 1 - round * count - n));
}

/** Tokens of these clients while they are loaded, once, and when all of them are in memory. */
async function measureTokens(
  subjects: readonly Subject[],
  name: string,
  draw: (server: PopulatedServer) => readonly number[],
): Promise<void> {
  const loads = subjects.map((): Load[] => []);
  for (const { server, measured } of subjects) {
    await server.draw(draw(server));
    note(measured, `${name}Loading`, [await server.load(loadSeconds)]);
    while (!server.hasAskedForAll) await server.load(loadSeconds);
  }
  for (let round = 1; round <= loadRounds; round++)
    for (const [index, { server }] of subjects.entries()) {
      const load = await server.load(loadSeconds);
      loads[index]?.push(load);
      process.stderr.write(`${name}, ${server.clients} clients: ${Math.round(load.perSecond)}/s\n`);
    }
  for (const [index, { measured }] of subjects.entries()) note(measured, name, loads[index] ?? []);
}

function note(measured: Record<string, number>, name: string, loads: readonly Load[]): void {
  const cpu = spreadOf(loads.map(({ cpuMicroseconds }) => cpuMicroseconds));
  const perSecond = spreadOf(loads.map((load) => load.perSecond));
  measured[`${name}CpuMicroseconds`] = Number(cpu.median.toFixed(1));
  measured[`${name}PerSecond`] = Math.round(perSecond.median);
}

async function measureAdministration(subjects: readonly Subject[]): Promise<void> {
  const admins: { operator: Operator; writes: AdminWrites; measured: Subject['measured'] }[] = [];
  try {
    for (const { server, measured } of subjects) {
      const operator = await Operator.at(server.origin);
      const writes = await AdminWrites.start(operator, String(server.fact('databaseUrl')));
      admins.push({ operator, writes, measured });
    }
    for (let round = 1; round <= adminRounds; round++)
      for (const { operator, writes } of admins) {
        await operator.read();
        await writes.write();
      }
    for (const { operator, writes, measured } of admins)
      Object.assign(measured, operator.medians(), await writes.summary());
  } finally {
    for (const { writes } of admins) await writes.end();
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
