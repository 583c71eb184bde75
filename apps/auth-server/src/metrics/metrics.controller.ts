import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Registry } from 'prom-client';
import { Public } from '../security/access-rule.js';
import { isInPool, poolMetrics } from './pool-metrics.js';

/** The figures of the process for Prometheus; keep the path away from the public at the proxy. */
@ApiTags('Operation')
@Controller('metrics')
@Public('Prometheus has no token; the proxy keeps strangers away.')
export class MetricsController {
  constructor(@Inject(Registry) private readonly registry: Registry) {}

  @Get()
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  @ApiOperation({ summary: 'Metrics in the Prometheus text format' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  metrics(): Promise<string> {
    return isInPool() ? poolMetrics() : this.registry.metrics();
  }
}
