import { Module } from '@nestjs/common';
import { CredentialsModule } from '#libs/credentials';
import { IdempotencyModule } from '#libs/idempotency';
import { CredentialMetrics } from './credential-metrics.js';
import { CredentialsController } from './credentials.controller.js';
import { NetworkMetrics } from './network-metrics.js';
import { QuarantineController } from './quarantine.controller.js';
import { RotationsController } from './rotations.controller.js';

/** The native admin API: the credentials of a client. */
@Module({
  imports: [CredentialsModule, IdempotencyModule],
  controllers: [CredentialsController, QuarantineController, RotationsController],
  providers: [CredentialMetrics, NetworkMetrics],
})
export class ClientCredentialsModule {}
