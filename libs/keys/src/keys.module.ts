import { Module } from '@nestjs/common';
import { SigningKeys } from './signing-keys.service.js';

/** The keys that sign tokens. */
@Module({ providers: [SigningKeys], exports: [SigningKeys] })
export class KeysModule {}
