import { Module } from '@nestjs/common';
import { CredentialsModule } from '#libs/credentials';
import { WebhooksModule } from '#libs/webhooks';
import { KeyRewrapper } from './key-rewrapper.js';
import { KeyUpkeep } from './key-upkeep.js';
import { KeyUses } from './key-uses.js';
import { SealedValues } from './sealed-values.js';
import { SigningKeyRotation } from './signing-key-rotation.js';
import { SigningKeys } from './signing-keys.service.js';

/** The keys that sign tokens. */
@Module({
  imports: [CredentialsModule, WebhooksModule],
  providers: [KeyRewrapper, KeyUpkeep, KeyUses, SealedValues, SigningKeyRotation, SigningKeys],
  exports: [KeyRewrapper, KeyUses, SealedValues, SigningKeys],
})
export class KeysModule {}
