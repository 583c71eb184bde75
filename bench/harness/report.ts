import { mkdir, writeFile } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';
import { join } from 'node:path';
import { type Contestant, loadCore, serverCore } from './contestant.js';
import { plotOf } from './plot.js';
import { isPinned } from './process.js';
import type { BenchCase, RaceOptions } from './race.js';
import { type Spread, spreadOf } from './spread.js';

/** What is kept of a contestant. */
export interface Standing {
  readonly name: string;
  readonly perSecond: Spread;
  readonly p50: Spread;
  readonly p99: Spread;
  readonly cpuMicroseconds: Spread;
  /** Beside the floor in the same round: how many of its requests a second, and of its requests per CPU second. */
  readonly speedRatio: Spread;
  readonly cpuRatio: Spread;
}

/** Prints a case's table and, where a folder is given, writes it there as JSON and as a plot. */
export async function report(
  benchCase: BenchCase,
  contestants: readonly Contestant[],
  options: RaceOptions,
  folder: string | undefined,
): Promise<Standing[]> {
  const standings = standingsOf(contestants);
  console.log(`\n${benchCase.title} (${describe(options, benchCase)})`);
  console.table(standings.map(rowOf));
  if (folder === undefined) return standings;
  await mkdir(folder, { recursive: true });
  const result = {
    name: benchCase.name,
    title: benchCase.title,
    conditions: { ...options, ...machine() },
    standings,
  };
  await writeFile(join(folder, `${benchCase.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  await writeFile(join(folder, `${benchCase.name}.svg`), plotOf(benchCase.title, standings));
  return standings;
}

function standingsOf(contestants: readonly Contestant[]): Standing[] {
  const floor = contestants[0]?.rounds ?? [];
  return contestants.map(({ name, rounds }) => ({
    name,
    perSecond: spreadOf(rounds.map((round) => round.perSecond)),
    p50: spreadOf(rounds.map((round) => round.p50)),
    p99: spreadOf(rounds.map((round) => round.p99)),
    cpuMicroseconds: spreadOf(rounds.map((round) => round.cpuMicroseconds)),
    speedRatio: spreadOf(rounds.map((round, i) => round.perSecond / (floor[i]?.perSecond ?? Number.NaN))),
    cpuRatio: spreadOf(
      rounds.map((round, i) => (floor[i]?.cpuMicroseconds ?? Number.NaN) / round.cpuMicroseconds),
    ),
  }));
}

function rowOf({ name, perSecond, p50, p99, cpuMicroseconds, cpuRatio, speedRatio }: Standing) {
  return {
    server: name,
    'p50 ms': Number(p50.median.toFixed(2)),
    'p99 ms': Number(p99.median.toFixed(2)),
    'CPU µs': Number(cpuMicroseconds.median.toFixed(1)),
    'of the floor, requests/CPU s': printed(cpuRatio),
    'requests/s': Math.round(perSecond.median),
    'of the floor, requests/s': printed(speedRatio),
  };
}

function printed({ median, least, most }: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

function describe({ connections, rounds, seconds }: RaceOptions, { contestants }: BenchCase): string {
  const pinning = isPinned()
    ? `server on core ${serverCore}, load on core ${loadCore}`
    : 'not pinned: taskset (util-linux) is missing';
  const cores = contestants.some(({ isFree }) => isFree) ? 'servers and load on all cores' : pinning;
  return `${connections} connections, ${rounds} rounds of ${seconds} s each, ${cores}`;
}

export function machine(): object {
  return {
    node: process.version,
    platform: `${platform()} ${arch()}`,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
  };
}
