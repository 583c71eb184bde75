import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { CommonModule, type Settings } from '#libs/common';
import { type DatabaseHandle, DatabaseModule } from '#libs/database';
import { CustomerAuditModule } from './audit/audit.module.js';
import { CustomerClientsModule } from './clients/clients.module.js';
import { ClientCredentialsModule } from './credentials/credentials.module.js';
import { CustomersModule } from './customers/customers.module.js';
import { EnrolmentsModule } from './enrolments/enrolments.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { LeaksModule } from './leaks/leaks.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OAuthModule } from './oauth/oauth.module.js';
import { SecurityModule } from './security/security.module.js';
import { SigningKeysModule } from './signing-keys/signing-keys.module.js';
import { ClientCredentialsV0Module } from './surfaces/client-credentials-v0/client-credentials-v0.module.js';
import { OAuthClientsModule } from './surfaces/oauth-clients/oauth-clients.module.js';
import { PlatformClientAuthModule } from './surfaces/platform-clientauth/platform-clientauth.module.js';
import { SetupClientsModule } from './surfaces/setup-clients/setup-clients.module.js';
import { CustomerWebhooksModule } from './webhooks/webhooks.module.js';

/** The whole server: the libraries it is made of, and every surface that it answers on. */
@Module({})
export class AppModule {
  /** @param database open and migrated; who opened it closes it */
  static forRoot(settings: Settings, database: DatabaseHandle): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CommonModule.forRoot(settings),
        DatabaseModule.forRoot(database),
        AuditModule,
        HttpModule,
        HealthModule,
        MetricsModule,
        SecurityModule,
        OAuthModule,
        CustomersModule,
        CustomerClientsModule,
        CustomerAuditModule,
        ClientCredentialsModule,
        EnrolmentsModule,
        LeaksModule,
        SigningKeysModule,
        CustomerWebhooksModule,
        OAuthClientsModule,
        PlatformClientAuthModule,
        SetupClientsModule,
        ClientCredentialsV0Module,
      ],
    };
  }
}
