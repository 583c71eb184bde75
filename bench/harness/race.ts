import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Contestant, type ContestantPlan } from './contestant.js';

/** One comparison. The first contestant is the floor that the others are measured by. */
export interface BenchCase {
  readonly name: string;
  readonly title: string;
  /** How many the load has, where it is not 32. */
  readonly connections?: number;
  readonly contestants: readonly ContestantPlan[];
}

export interface RaceOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

const warmUpSeconds = 3;

/**
 * Runs a case: all servers at once, the load on one after the other, in alternating rounds, so that what else goes on
 * in the machine meets all of them alike.
 */
export async function race(benchCase: BenchCase, options: RaceOptions): Promise<Contestant[]> {
  const directory = await mkdtemp(join(tmpdir(), 'clientele-bench-'));
  const contestants: Contestant[] = [];
  try {
    for (const [index, plan] of benchCase.contestants.entries())
      contestants.push(await Contestant.start(plan, join(directory, String(index))));
    for (const contestant of contestants) {
      await contestant.check();
      await contestant.run(options.connections, warmUpSeconds);
    }
    for (let round = 1; round <= options.rounds; round++) {
      for (const contestant of contestants) {
        const result = await contestant.run(options.connections, options.seconds);
        contestant.rounds.push(result);
        tell(`${benchCase.name}, round ${round} of ${options.rounds}: ${contestant.name}`, result);
      }
    }
    for (const contestant of contestants) await contestant.check();
    return contestants;
  } finally {
    for (const contestant of contestants) await contestant.end();
    await rm(directory, { recursive: true, force: true });
  }
}

function tell(what: string, { perSecond, cpuMicroseconds }: Contestant['rounds'][number]): void {
  process.stderr.write(
    `${what.padEnd(60)} ${Math.round(perSecond)}/s, ${cpuMicroseconds.toFixed(1)} µs of CPU each\n`,
  );
}
