import cluster from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';
import { isMetricsAnswer, type MetricsAnswer, type MetricsRequest } from '../process/worker-messages.js';

let lastId = 0;

/** Has the process above the workers collect the figures of this one with those of the others. */
export function joinPool(registry: Registry): void {
  AggregatorRegistry.setRegistries(registry);
  // Its constructor listens for the question.
  new AggregatorRegistry();
}

/**
 * The figures of all workers together, in the Prometheus text format.
 *
 * @throws Error when they cannot be had
 */
export function poolMetrics(): Promise<string> {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    const listen = (message: unknown) => {
      if (!isMetricsAnswer(message) || message.id !== id) return;
      process.off('message', listen);
      settle(message, resolve, reject);
    };
    process.on('message', listen);
    process.send?.({ kind: 'metrics', id } satisfies MetricsRequest);
  });
}

/** Whether this process is one of several workers. */
export function isInPool(): boolean {
  return cluster.isWorker;
}

function settle(
  { text, error }: MetricsAnswer,
  resolve: (text: string) => void,
  reject: (error: Error) => void,
) {
  if (text === undefined) reject(new Error(error));
  else resolve(text);
}
