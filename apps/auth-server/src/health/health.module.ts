import { Global, Inject, Module } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { ChangeFeed } from '#libs/database';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

/** The probes. A module whose absence makes the server useless adds a `ReadinessCheck` to `Readiness`. */
@Global()
@Module({
  controllers: [HealthController],
  providers: [Readiness],
  exports: [Readiness],
})
export class HealthModule {
  constructor(readiness: Readiness, feed: ChangeFeed, @Inject(Registry) registry: Registry) {
    new Gauge({
      name: 'change_feed_staleness_seconds',
      help: 'How long ago the changes of the other instances were last read.',
      registers: [registry],
      collect() {
        this.set(feed.stalenessMs() / 1000);
      },
    });
    readiness.add({ name: 'database', check: () => feed.mustBeCurrent() });
  }
}
