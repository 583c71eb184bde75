import { Module } from '@nestjs/common';
import { IdempotentRequests } from './idempotent-requests.js';

/** Creates that are safe to repeat. */
@Module({ providers: [IdempotentRequests], exports: [IdempotentRequests] })
export class IdempotencyModule {}
