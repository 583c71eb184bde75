import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchCases } from './cases/index.js';
import { lossesOf } from './harness/check.js';
import { type BenchCase, type RaceOptions, race } from './harness/race.js';
import { report } from './harness/report.js';

/*
 * npm run bench -- [name…] [--rounds n] [--seconds s]; without a name all of them. npm run bench:check, which takes the
 * same, writes nothing and fails when a ratio is more than 15 % below the recorded one.
 */

const results = fileURLToPath(new URL('../../bench/results', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string' },
    results: { type: 'string', default: results },
    check: { type: 'boolean', default: false },
  },
});
const usualConnections = 32;
const optionsOf = ({ connections = usualConnections }: Partial<BenchCase>): RaceOptions => ({
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  connections: Number(values.connections ?? connections),
});
const wanted = benchCases.filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.startsWith(word)),
);
const isSound = Object.values(optionsOf({})).every((number) => Number.isInteger(number) && number > 0);
if (wanted.length === 0 || !isSound) {
  console.error(`Usage: npm run bench -- [name…] [--rounds 7] [--seconds 3] [--connections 32]`);
  console.error(`Names, or how they begin: ${benchCases.map(({ name }) => name).join(', ')}`);
  process.exitCode = 2;
} else {
  const losses: string[] = [];
  for (const [index, benchCase] of wanted.entries()) {
    console.error(`${benchCase.name}: case ${index + 1} of ${wanted.length}`);
    const folder = values.check ? undefined : values.results;
    const options = optionsOf(benchCase);
    const standings = await report(benchCase, await race(benchCase, options), options, folder);
    if (values.check) losses.push(...(await lossesOf(benchCase, standings, values.results)));
  }
  for (const loss of losses) console.error(`LOST ${loss}`);
  if (values.check) console.log(losses.length > 0 ? `${losses.length} losses` : 'No ratio was lost.');
  process.exitCode = losses.length > 0 ? 1 : 0;
}
