import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { CredentialsModule } from '#libs/credentials';
import { OrganizationsModule } from '#libs/organizations';
import { TokensModule } from '#libs/tokens';
import { AccessGuard } from './access.guard.js';
import { AuditedRefusals } from './audited-refusals.js';
import { BearerGuard } from './bearer.guard.js';
import { Callers } from './callers.js';
import { ClientProof } from './client-proof.js';
import { ClientSecretBasicStrategy, ClientSecretPostStrategy } from './client-secret.strategies.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RateLimits } from './rate-limits.js';

/** Who calls, whether he may, and whether too often: the guards stand before every route, in this order. */
@Module({
  imports: [PassportModule, CredentialsModule, OrganizationsModule, TokensModule],
  providers: [
    AuditedRefusals,
    Callers,
    ClientProof,
    ClientSecretBasicStrategy,
    ClientSecretPostStrategy,
    { provide: APP_GUARD, useClass: BearerGuard },
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
    RateLimits,
  ],
  exports: [ClientProof, CredentialsModule, RateLimits],
})
export class SecurityModule {}
