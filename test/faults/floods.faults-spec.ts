import { describeFloods } from '../robustness/support/describe-floods.js';

/** The long form of test/robustness/floods: run it on a machine with nothing else to do. */
describeFloods('good clients have a p99 of less than 10 times the quiet one in a flood of', {
  seconds: 10,
  size: { wrongSecretsPerSecond: 10_000, sockets: 10_000, chosenSecrets: 100, bodiesPerSecond: 100 },
  mostMs: (quietP99Ms) => 10 * quietP99Ms,
  mostMegabytes: 300,
  report: (name, figures) => console.log(`${name}: ${JSON.stringify(figures)}`),
});
