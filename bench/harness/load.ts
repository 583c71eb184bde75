import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import type { LoadOrder, LoadResult } from './contestant.js';

/* A load generator in a process of its own, so that it can be pinned to another core than the server. */

const order = JSON.parse(process.argv[2] ?? '{}') as LoadOrder;
const { url, method, headers, connections, seconds } = order;
const bodies = order.bodiesFile === undefined ? [] : readFileSync(order.bodiesFile, 'utf8').split('\n');
const share = Math.floor(bodies.length / connections);
let connected = 0;

const result = await autocannon({
  url,
  method,
  headers,
  ...(order.body !== undefined && { body: order.body }),
  connections,
  duration: seconds,
  setupClient: (client) => {
    if (bodies.length === 0) return;
    // Each connection has bodies of its own, or they would all ask the same at the same time.
    const own = bodies.slice(connected * share, ++connected * share);
    // They go on where the last round ended: a server must not know the bodies of this one from that one.
    own.push(...own.splice(0, Math.ceil(order.sent / connections) % share));
    client.setRequests(own.map((body) => ({ method, headers, body })));
  },
});
const codes = (result as { statusCodeStats?: Record<string, { count?: number }> }).statusCodeStats ?? {};
const answered = codes[order.expectedStatus]?.count ?? 0;
const report: LoadResult = {
  requests: answered,
  seconds: result.duration,
  p50: result.latency.p50,
  p99: result.latency.p99,
  failures: result.requests.total - answered + result.errors + result.timeouts,
};
process.send?.(report);
