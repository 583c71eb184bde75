import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';

/** The native admin API: the audit log of a customer. */
@Module({ controllers: [AuditController] })
export class CustomerAuditModule {}
