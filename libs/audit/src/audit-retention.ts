import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock, Settings } from '#libs/common';
import { Transactions } from '#libs/database';
import { serverChain } from './audit-chain.entity.js';
import { AuditCheckpoint } from './audit-checkpoint.entity.js';
import { AuditDroppedSegment } from './audit-dropped-segment.entity.js';
import { AuditLog } from './audit-log.js';
import { AuditSigner } from './audit-signer.js';
import { checkpointStatement, droppedStatement } from './seal-statements.js';

const segmentsPerRun = 100;
const dayMs = 86_400_000;
const system = { name: 'system', credentialId: null, address: null, requestId: null };

/** Drops sealed segments of the audit log that are older than the operator wants to keep, the oldest first. */
@Injectable()
export class AuditRetention {
  private readonly logger = new Logger(AuditRetention.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly signer: AuditSigner,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /** Drops at most so many segments that nobody waits for it, each in a transaction. @returns how many */
  async dropOld(): Promise<number> {
    const days = this.settings.auditRetentionDays;
    if (days === 0) return 0;
    const before = new Date(this.clock.nowMs() - days * dayMs);
    let dropped = 0;
    for (const { organizationId, sequence } of await this.oldest(before)) {
      if (await this.drop(organizationId, sequence, before)) dropped++;
    }
    return dropped;
  }

  private async oldest(before: Date): Promise<{ organizationId: string; sequence: string }[]> {
    return this.transactions.read('platform', (manager) =>
      manager.query(
        `select organization_id as "organizationId", sequence from audit_checkpoint
         where newest_at < $1 order by newest_at, sequence limit ${segmentsPerRun}`,
        [before],
      ),
    );
  }

  private async drop(organizationId: string, sequence: string, before: Date): Promise<boolean> {
    return this.transactions.run('platform', async (transaction) => {
      const { manager } = transaction;
      await manager.query('select pg_advisory_xact_lock(hashtext($1))', [`audit seal ${organizationId}`]);
      const [first] = await manager.find(AuditCheckpoint, {
        where: { organizationId },
        order: { sequence: 'ASC' },
        take: 1,
      });
      // Another instance was faster, or an older segment has to go first.
      if (first?.sequence !== sequence) return false;
      if (!(await this.signer.isSigned(checkpointStatement(first), first))) {
        this.logger.error(`The checkpoint ${sequence} of ${organizationId} is damaged; its segment stays.`);
        return false;
      }
      const facts = {
        organizationId,
        firstSequence: first.firstSequence,
        lastSequence: sequence,
        hash: first.hash,
        droppedAt: this.clock.now(),
      };
      const signed = await this.signer.sign((kid) => droppedStatement({ ...facts, kid }));
      await manager.insert(AuditDroppedSegment, { ...facts, ...signed });
      await manager.query('select audit_drop_segment($1, $2, $3)', [organizationId, sequence, before]);
      await this.audit.record(transaction, system, {
        organizationId: serverChain,
        action: 'audit.segment_dropped',
        targetType: 'audit_segment',
        targetId: organizationId,
        details: { firstSequence: first.firstSequence, lastSequence: sequence },
      });
      return true;
    });
  }
}
