import { Module } from '@nestjs/common';
import { CredentialsModule } from '#libs/credentials';
import { KeysModule } from '#libs/keys';
import { ActiveTokens } from './active-tokens.js';
import { ClientCredentialsGrant } from './grants/client-credentials.grant.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { SubjectLabelGrant } from './grants/subject-label.grant.js';
import { EarlyRequests } from './quotas/early-requests.js';
import { QuotaExchange } from './quotas/quota-exchange.js';
import { TokenQuotas } from './quotas/token-quotas.js';
import { RevocationList } from './revocation-list.js';
import { TokenEndpoint } from './token-endpoint.js';
import { TokenForesight } from './token-foresight.js';
import { TokenIntrospector } from './token-introspector.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenRevoker } from './token-revoker.js';
import { TokenStatus } from './token-status.js';
import { TokenVerifier } from './token-verifier.js';

/** Access tokens: issued, introspected, revoked. */
@Module({
  imports: [CredentialsModule, KeysModule],
  providers: [
    ActiveTokens,
    ClientCredentialsGrant,
    EarlyRequests,
    GrantRegistry,
    QuotaExchange,
    RevocationList,
    SubjectLabelGrant,
    TokenEndpoint,
    TokenForesight,
    TokenIntrospector,
    TokenIssuer,
    TokenQuotas,
    TokenRevoker,
    TokenStatus,
    TokenVerifier,
  ],
  exports: [
    ActiveTokens,
    EarlyRequests,
    GrantRegistry,
    SubjectLabelGrant,
    TokenEndpoint,
    TokenForesight,
    TokenIntrospector,
    TokenIssuer,
    TokenQuotas,
    TokenRevoker,
    TokenStatus,
  ],
})
export class TokensModule {}
