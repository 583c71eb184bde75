import { Global, Module } from '@nestjs/common';
import { AuditCheckpoints } from './audit-checkpoints.js';
import { AuditLog } from './audit-log.js';
import { AuditRetention } from './audit-retention.js';
import { AuditSigner } from './audit-signer.js';
import { AuditTrail } from './audit-trail.js';
import { ChainVerifier } from './chain-verifier.js';
import { RefusedAttempts } from './refused-attempts.js';

/** The audit log; every library that changes something writes to it. */
@Global()
@Module({
  providers: [
    AuditLog,
    AuditTrail,
    AuditSigner,
    AuditCheckpoints,
    AuditRetention,
    ChainVerifier,
    RefusedAttempts,
  ],
  exports: [
    AuditLog,
    AuditTrail,
    AuditSigner,
    AuditCheckpoints,
    AuditRetention,
    ChainVerifier,
    RefusedAttempts,
  ],
})
export class AuditModule {}
