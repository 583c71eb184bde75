import { Module } from '@nestjs/common';
import { KeysModule } from '#libs/keys';
import { TokensModule } from '#libs/tokens';
import { SecurityModule } from '../security/security.module.js';
import { CheckTokenController } from './check-token.controller.js';
import { IntrospectionController } from './introspection.controller.js';
import { JwksController } from './jwks.controller.js';
import { MetadataController } from './metadata.controller.js';
import { RevocationController } from './revocation.controller.js';
import { TokenController } from './token.controller.js';
import { TokenAnswerExtensions } from './token-answer-extensions.js';
import { TokenMetrics } from './token-metrics.js';

/** The endpoints of the OAuth protocol. */
@Module({
  imports: [SecurityModule, TokensModule, KeysModule],
  controllers: [
    TokenController,
    IntrospectionController,
    RevocationController,
    CheckTokenController,
    JwksController,
    MetadataController,
  ],
  providers: [TokenAnswerExtensions, TokenMetrics],
  exports: [TokenAnswerExtensions],
})
export class OAuthModule {}
