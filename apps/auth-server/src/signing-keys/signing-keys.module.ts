import { Module } from '@nestjs/common';
import { IdempotencyModule } from '#libs/idempotency';
import { KeysModule, SigningKeys } from '#libs/keys';
import { Readiness } from '../health/readiness.js';
import { KeyMetrics } from './key-metrics.js';
import { SigningKeysController } from './signing-keys.controller.js';

/** The native admin API: the keys that sign tokens, for the operator. */
@Module({
  imports: [KeysModule, IdempotencyModule],
  controllers: [SigningKeysController],
  providers: [KeyMetrics],
})
export class SigningKeysModule {
  constructor(readiness: Readiness, keys: SigningKeys) {
    readiness.add({ name: 'signingKeys', check: async () => keys.mustBeAbleToSign() });
  }
}
