import { parseArgs } from 'node:util';
import { benchToken } from './token.js';

/* npm run bench -- <name> [--rounds n] */

const benchmarks: Readonly<Record<string, (rounds: number) => Promise<void>>> = { token: benchToken };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' } },
});
const benchmark = benchmarks[positionals[0] ?? ''];
const rounds = Number(values.rounds);
if (!benchmark || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`Usage: npm run bench -- <${Object.keys(benchmarks).join('|')}> [--rounds 5]`);
  process.exitCode = 2;
} else {
  await benchmark(rounds);
}
