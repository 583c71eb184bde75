import { Module } from '@nestjs/common';
import { KeyRewrapper } from './key-rewrapper.js';
import { SigningKeys } from './signing-keys.service.js';

/** The keys that sign tokens. */
@Module({ providers: [KeyRewrapper, SigningKeys], exports: [KeyRewrapper, SigningKeys] })
export class KeysModule {}
