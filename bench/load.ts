import autocannon from 'autocannon';

/* A load generator in a process of its own, so that it can be pinned to another core than the server. */

interface LoadOrder {
  readonly url: string;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}

const order = JSON.parse(process.argv[2] ?? '{}') as LoadOrder;
const result = await autocannon({
  url: order.url,
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: order.body,
  connections: order.connections,
  duration: order.seconds,
});
process.send?.({
  requests: result.requests.total,
  seconds: result.duration,
  p50: result.latency.p50,
  p99: result.latency.p99,
  failures: result.non2xx + result.errors + result.timeouts,
});
