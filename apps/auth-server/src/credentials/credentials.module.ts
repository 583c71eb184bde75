import { Module } from '@nestjs/common';
import { CredentialsModule } from '#libs/credentials';
import { IdempotencyModule } from '#libs/idempotency';
import { CredentialsController } from './credentials.controller.js';

/** The native admin API: the credentials of a client. */
@Module({ imports: [CredentialsModule, IdempotencyModule], controllers: [CredentialsController] })
export class ClientCredentialsModule {}
