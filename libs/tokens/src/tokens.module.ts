import { Module } from '@nestjs/common';
import { CredentialsModule } from '#libs/credentials';
import { KeysModule } from '#libs/keys';
import { ActiveTokens } from './active-tokens.js';
import { ClientCredentialsGrant } from './grants/client-credentials.grant.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { SubjectLabelGrant } from './grants/subject-label.grant.js';
import { RevocationList } from './revocation-list.js';
import { TokenEndpoint } from './token-endpoint.js';
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
    GrantRegistry,
    RevocationList,
    SubjectLabelGrant,
    TokenEndpoint,
    TokenIntrospector,
    TokenIssuer,
    TokenRevoker,
    TokenStatus,
    TokenVerifier,
  ],
  exports: [
    ActiveTokens,
    GrantRegistry,
    SubjectLabelGrant,
    TokenEndpoint,
    TokenIntrospector,
    TokenIssuer,
    TokenRevoker,
    TokenStatus,
  ],
})
export class TokensModule {}
