import { Module } from '@nestjs/common';
import { WebhooksModule } from '#libs/webhooks';
import { KeyRewrapper } from './key-rewrapper.js';
import { SigningKeyRotation } from './signing-key-rotation.js';
import { SigningKeys } from './signing-keys.service.js';

/** The keys that sign tokens. */
@Module({
  imports: [WebhooksModule],
  providers: [KeyRewrapper, SigningKeyRotation, SigningKeys],
  exports: [KeyRewrapper, SigningKeys],
})
export class KeysModule {}
