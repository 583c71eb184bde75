import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchCase } from './race.js';
import type { Standing } from './report.js';

/** By how much a ratio may be below the recorded one: so much is the noise of a machine that others use. */
const mostLoss = 0.15;

/**
 * Compares the ratios of a case with the recorded ones: by requests per CPU second, which neighbours disturb least.
 *
 * @param recorded the folder with the results that are committed
 * @returns what was lost, one line for each server; the floor itself cannot lose
 */
export async function lossesOf(
  { name }: BenchCase,
  standings: readonly Standing[],
  recorded: string,
): Promise<string[]> {
  const before = await standingsIn(join(recorded, `${name}.json`));
  if (!before) return [`${name}: nothing is recorded; run npm run bench -- ${name}`];
  return standings.flatMap((standing) => {
    const known = before.find((one) => one.name === standing.name)?.cpuRatio.median;
    if (known === undefined) return [`${name}: ${standing.name} is not among what is recorded`];
    const now = standing.cpuRatio.median;
    if (now >= known * (1 - mostLoss)) return [];
    return [`${name}: ${standing.name} was at ${known.toFixed(2)} of the floor, now ${now.toFixed(2)}`];
  });
}

async function standingsIn(path: string): Promise<readonly Standing[] | undefined> {
  try {
    return (JSON.parse(await readFile(path, 'utf8')) as { standings: Standing[] }).standings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
