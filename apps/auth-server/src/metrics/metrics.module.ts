import { Global, Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { MetricsController } from './metrics.controller.js';
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
        requests.registerAt(registry);
        return registry;
      },
    },
  ],
  exports: [Registry, RequestMetrics],
})
export class MetricsModule {}
