export { AuditModule } from './audit.module.js';
export { AuditChain, serverChain } from './audit-chain.entity.js';
export { AuditEvent } from './audit-event.entity.js';
export { type Actor, type AuditEntry, AuditLog } from './audit-log.js';
