import type { ContestantPlan } from '../harness/contestant.js';
import type { BenchCase } from '../harness/race.js';
import { tokenContestant } from './token.js';

/** One worker beside two, with both cores for all of them and for the load. */
export const workerCases: readonly BenchCase[] = [
  {
    name: 'workers',
    title: 'POST /oauth/token, ES256, WORKERS=2 beside one',
    contestants: [withWorkers('one worker', '1'), withWorkers('two workers', '2')],
  },
];

function withWorkers(name: string, workers: string): ContestantPlan {
  return { ...tokenContestant(name, 'workers', ['{directory}', workers]), isFree: true };
}
