import { Global, Module } from '@nestjs/common';
import { AuditLog } from './audit-log.js';

/** The audit log; every library that changes something writes to it. */
@Global()
@Module({ providers: [AuditLog], exports: [AuditLog] })
export class AuditModule {}
