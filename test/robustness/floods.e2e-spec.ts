// @own-process
import { describeFloods } from './support/describe-floods.js';

/** Short, and beside other tests: the figures are those of test/faults/floods. */
describeFloods('good clients get their tokens soon in a flood of', {
  seconds: 0.4,
  size: { wrongSecretsPerSecond: 2_000, sockets: 1_000, chosenSecrets: 30, bodiesPerSecond: 100 },
  mostMs: (quietP99Ms) => Math.max(300, 10 * quietP99Ms),
  mostMegabytes: 150,
});
