import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { CredentialsModule } from '#libs/credentials';
import { OrganizationsModule } from '#libs/organizations';
import { TokensModule } from '#libs/tokens';
import { AccessGuard } from './access.guard.js';
import { BearerGuard } from './bearer.guard.js';
import { ClientSecretBasicStrategy, ClientSecretPostStrategy } from './client-secret.strategies.js';

/** Who calls, and whether he may: both guards stand before every route, in this order. */
@Module({
  imports: [PassportModule, CredentialsModule, OrganizationsModule, TokensModule],
  providers: [
    ClientSecretBasicStrategy,
    ClientSecretPostStrategy,
    { provide: APP_GUARD, useClass: BearerGuard },
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [CredentialsModule],
})
export class SecurityModule {}
