import type { ContestantPlan } from '../harness/contestant.js';
import type { BenchCase } from '../harness/race.js';
import { tokenContestant } from './token.js';

/** As many for each of two workers as one has in the other cases. */
const connections = 64;

/** One worker beside two, with both cores for all of them and for the load; and what two of the floor do there. */
export const workerCases: readonly BenchCase[] = [
  {
    name: 'workers',
    title: 'POST /oauth/token, ES256, WORKERS=2 beside one',
    connections,
    contestants: [
      withWorkers('one worker', 'workers', ['{directory}', '1']),
      withWorkers('two workers', 'workers', ['{directory}', '2']),
    ],
  },
  {
    name: 'workers-bare',
    title: 'POST /oauth/token, ES256, two workers of bare node:http beside one',
    connections,
    contestants: [
      withWorkers('bare node:http, one worker', 'bare-workers', ['1']),
      withWorkers('bare node:http, two workers', 'bare-workers', ['2']),
    ],
  },
];

function withWorkers(name: string, server: string, args: readonly string[]): ContestantPlan {
  return { ...tokenContestant(name, server, args), isFree: true };
}
