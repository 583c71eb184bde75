import type { BenchCase } from '../harness/race.js';
import { introspectionCases } from './introspection.js';
import { jwksCases } from './jwks.js';
import { peerCases } from './peers.js';
import { refusalCases } from './refusals.js';
import { tokenCases } from './token.js';
import { workerCases } from './workers.js';

/** All cases; a new one is a file beside this and a line here. */
export const benchCases: readonly BenchCase[] = [
  ...tokenCases,
  ...peerCases,
  ...introspectionCases,
  ...jwksCases,
  ...refusalCases,
  ...workerCases,
];
