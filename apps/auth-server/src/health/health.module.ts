import { Global, Module } from '@nestjs/common';
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
  constructor(readiness: Readiness, feed: ChangeFeed) {
    readiness.add({ name: 'database', check: () => feed.mustBeCurrent() });
  }
}
