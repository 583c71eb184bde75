import { Global, Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { MetricsController } from './metrics.controller.js';
import { isInPool, joinPool } from './pool-metrics.js';
import { RequestMetrics } from './request-metrics.js';

/** One registry for the process; a module adds its own figures to the injected `Registry`. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [
    RequestMetrics,
    {
      provide: Registry,
      inject: [RequestMetrics],
      useFactory: (requests: RequestMetrics) => {
        const registry = new Registry();
        collectDefaultMetrics({ register: registry });
        // It would tell everybody which known faults to try.
        registry.removeSingleMetric('nodejs_version_info');
        requests.registerAt(registry);
        if (isInPool()) joinPool(registry);
        return registry;
      },
    },
  ],
  exports: [Registry, RequestMetrics],
})
export class MetricsModule {}
