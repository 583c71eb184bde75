import cluster from 'node:cluster';
import { parseEnvironment, withDevelopmentKeys } from './environment.js';
import type { Log } from './http/logging/log.js';
import type { Lifecycle } from './process/lifecycle.js';
import { explainStartFailure } from './process/start-failure.js';
import { isEndOrder } from './process/worker-messages.js';

const parentCheckIntervalMs = 500;

/** The whole life of the process: start, announce, wait for the end, drain. */
async function run(): Promise<void> {
  const env = withDevelopmentKeys(process.env);
  const settings = parseEnvironment(env);
  const { createLog } = await import('./http/logging/log.js');
  const log = await createLog(settings);
  exitOnFault(log);
  let lifecycle: Lifecycle;
  if (cluster.isPrimary && settings.workers > 1) {
    const { PoolLifecycle } = await import('./process/pool-lifecycle.js');
    lifecycle = new PoolLifecycle(settings, env, log);
  } else {
    const { ServerLifecycle } = await import('./process/server-lifecycle.js');
    lifecycle = new ServerLifecycle(settings, log, cluster.isPrimary || cluster.worker?.id === 1);
  }
  // Registered before anything is started, so that an early signal does not leave PostgreSQL behind.
  if (cluster.isPrimary) endOnSignals(lifecycle);
  else endWithPool(lifecycle);
  await lifecycle.begin();
}

function endOnSignals(lifecycle: Lifecycle): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => lifecycle.end(signal));
  endWithNpm(() => lifecycle.end('end of npm'));
}

/** A terminal and many supervisors signal every process; a worker ends when the one above it says so, or is gone. */
function endWithPool(lifecycle: Lifecycle): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {});
  const endOnce = (reason: string) => {
    process.off('message', onMessage).off('disconnect', onDisconnect);
    lifecycle.end(reason);
  };
  const onMessage = (message: unknown) => {
    if (isEndOrder(message)) endOnce('end of the server');
  };
  const onDisconnect = () => endOnce('the process above is gone');
  process.on('message', onMessage).on('disconnect', onDisconnect);
}

/** `kill` of npm ends npm's shell and leaves this process behind; it then gets another parent. */
function endWithNpm(end: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, parentCheckIntervalMs);
  timer.unref();
}

/** A fault that nobody caught leaves the process in a state that nobody knows. */
function exitOnFault(log: Log): void {
  const exit = (error: unknown) => {
    log.fatal({ err: error, msg: 'uncaught fault' });
    process.exit(1);
  };
  process.on('uncaughtException', exit);
  process.on('unhandledRejection', exit);
}

run().catch((error: unknown) => {
  process.stderr.write(`${explainStartFailure(error)}\n`);
  process.exit(1);
});
