import cluster from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Ready } from '../harness/contestant.js';
import { newPrivateKey } from './bare-keys.js';

/* Some workers of the floor on one port and with one key. Tells their process ids. */

const alg = 'ES256';
const [workers = '1'] = process.argv.slice(2);
const key = newPrivateKey(alg).export({ format: 'pem', type: 'pkcs8' }).toString();
cluster.setupPrimary({
  exec: fileURLToPath(new URL('./bare-token.js', import.meta.url)),
  args: [alg, key],
});
const forked = Array.from({ length: Number(workers) }, () => cluster.fork());
const [ready] = await Promise.all(
  forked.map(async (worker) => (await once(worker, 'message'))[0] as Promise<Ready>),
);
process.send?.({ ...ready, pids: forked.map((worker) => worker.process.pid) });
process.on('disconnect', () => process.exit(0));
