import { Injectable } from '@nestjs/common';
import type { Registry } from 'prom-client';

const bucketSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What is counted for one method, route and status. */
interface Series {
  readonly labels: Readonly<Record<'method' | 'route' | 'status', string>>;
  /** Requests by bucket, each counted once; the last one is for whatever took longer. */
  readonly buckets: number[];
  count: number;
  sumSeconds: number;
}

/**
 * Counts requests and their durations. It keeps its own numbers and hands them to prom-client when they are asked
 * for, because prom-client hashes its labels at every observation (2 µs, of a token request's 60).
 */
@Injectable()
export class RequestMetrics {
  /** By route, status and method. */
  private readonly byRoute = new Map<string, Map<number, Map<string, Series>>>();

  observe(method: string, route: string, status: number, seconds: number): void {
    const series = this.seriesOf(method, route, status);
    series.count++;
    series.sumSeconds += seconds;
    let bucket = 0;
    while (bucket < bucketSeconds.length && seconds > (bucketSeconds[bucket] as number)) bucket++;
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  registerAt(registry: Registry): void {
    const total = { name: 'http_requests_total', help: 'Answered requests.', type: 'counter' };
    const duration = {
      name: 'http_request_duration_seconds',
      help: 'Time from the request line to the last byte of the answer.',
      type: 'histogram',
    };
    const metric = (facts: typeof total, values: () => object[]) =>
      registry.registerMetric({
        ...facts,
        get: async () => ({ ...facts, values: values(), aggregator: 'sum' }),
      } as never);
    metric(total, () => this.totals());
    metric(duration, () => this.durations());
  }

  private seriesOf(method: string, route: string, status: number): Series {
    const known = this.byRoute.get(route)?.get(status)?.get(method);
    if (known) return known;
    const labels = { method, route, status: String(status) };
    const buckets = new Array<number>(bucketSeconds.length + 1).fill(0);
    const series = { labels, buckets, count: 0, sumSeconds: 0 };
    const ofRoute = this.byRoute.get(route) ?? new Map<number, Map<string, Series>>();
    const ofStatus = ofRoute.get(status) ?? new Map<string, Series>();
    this.byRoute.set(route, ofRoute.set(status, ofStatus.set(method, series)));
    return series;
  }

  private all(): Series[] {
    return [...this.byRoute.values()].flatMap((ofRoute) =>
      [...ofRoute.values()].flatMap((ofStatus) => [...ofStatus.values()]),
    );
  }

  private totals(): object[] {
    return this.all().map(({ labels, count }) => ({ labels, value: count }));
  }

  private durations(): object[] {
    const name = 'http_request_duration_seconds';
    return this.all().flatMap(({ labels, buckets, count, sumSeconds }) => {
      let sofar = 0;
      const values = bucketSeconds.map((le, index) => {
        sofar += buckets[index] ?? 0;
        return { labels: { le, ...labels }, value: sofar, metricName: `${name}_bucket` };
      });
      return [
        ...values,
        { labels: { le: '+Inf', ...labels }, value: count, metricName: `${name}_bucket` },
        { labels, value: sumSeconds, metricName: `${name}_sum` },
        { labels, value: count, metricName: `${name}_count` },
      ];
    });
  }
}
