import { Module } from '@nestjs/common';
import { ClientsModule } from '#libs/clients';
import { CredentialsModule } from '#libs/credentials';
import { IdempotencyModule } from '#libs/idempotency';
import { TokensModule } from '#libs/tokens';
import { ClientTokensController } from './client-tokens.controller.js';
import { ClientsController } from './clients.controller.js';
import { ExplainController } from './explain.controller.js';
import { NetworkReportController } from './network-report.controller.js';

/** The native admin API: the clients of a customer. */
@Module({
  imports: [ClientsModule, CredentialsModule, TokensModule, IdempotencyModule],
  controllers: [ClientsController, ClientTokensController, ExplainController, NetworkReportController],
})
export class CustomerClientsModule {}
