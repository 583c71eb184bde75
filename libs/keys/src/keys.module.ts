import { Module } from '@nestjs/common';
import { WebhooksModule } from '#libs/webhooks';
import { KeyRewrapper } from './key-rewrapper.js';
import { SealedValues } from './sealed-values.js';
import { SigningKeyRotation } from './signing-key-rotation.js';
import { SigningKeys } from './signing-keys.service.js';

/** The keys that sign tokens. */
@Module({
  imports: [WebhooksModule],
  providers: [KeyRewrapper, SealedValues, SigningKeyRotation, SigningKeys],
  exports: [KeyRewrapper, SealedValues, SigningKeys],
})
export class KeysModule {}
