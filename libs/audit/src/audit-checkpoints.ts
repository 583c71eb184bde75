import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock, Repetition, Settings } from '#libs/common';
import { Transactions } from '#libs/database';
import { AuditCheckpoint } from './audit-checkpoint.entity.js';
import { AuditRetention } from './audit-retention.js';
import { AuditSigner } from './audit-signer.js';
import { chainStart } from './canonical.js';
import { type ChainDamage, ChainWalk, eventsBehind, missing } from './chain-walk.js';
import { type ChainPosition, checkpointStatement } from './seal-statements.js';

const mostEventsPerSegment = 10_000n;
const chainsPerBatch = 500;

/**
 * Signs the new end of every chain now and then. What is sealed cannot be rewritten by who holds the database alone;
 * nothing is sealed that does not follow from what was sealed before.
 */
@Injectable()
export class AuditCheckpoints implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(AuditCheckpoints.name);
  private readonly repetition = new Repetition(
    () => this.runOnce(),
    (error) => this.logger.warn(`The audit log was not sealed: ${error.message}`),
  );

  constructor(
    private readonly transactions: Transactions,
    private readonly signer: AuditSigner,
    private readonly retention: AuditRetention,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.repetition.start(this.settings.auditCheckpointSeconds * 1000);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.repetition.stop();
  }

  /** Seals what is new in every chain, and drops what is too old. */
  async runOnce(): Promise<void> {
    await this.sealAll();
    await this.retention.dropOld();
  }

  /** Seals the new end of every chain; safe to run on several instances at once. @returns how many checkpoints it made */
  async sealAll(): Promise<number> {
    let count = 0;
    for (let after = '00000000-0000-0000-0000-000000000000', isFirst = true; ; isFirst = false) {
      const chains = await this.chainsBehind(after, isFirst);
      for (const organizationId of chains) while (await this.seal(organizationId)) count++;
      const last = chains.at(-1);
      if (!last || chains.length < chainsPerBatch) return count;
      after = last;
    }
  }

  /** The chains that went on since they were sealed. */
  private async chainsBehind(after: string, isInclusive: boolean): Promise<string[]> {
    const rows = await this.transactions.read('platform', (manager) =>
      manager.query<{ id: string }[]>(
        `select organization_id as id from audit_chain
         where organization_id ${isInclusive ? '>=' : '>'} $1 and unsealed
         order by organization_id limit ${chainsPerBatch}`,
        [after],
      ),
    );
    return rows.map(({ id }) => id);
  }

  /** Seals one segment. @returns whether there may be another one behind it */
  private async seal(organizationId: string): Promise<boolean> {
    return this.transactions.run('platform', async ({ manager }) => {
      await manager.query('select pg_advisory_xact_lock(hashtext($1))', [`audit seal ${organizationId}`]);
      const base = await sealedEnd(manager, organizationId);
      const [head] = await manager.query<{ sequence: string }[]>(
        'select sequence from audit_chain where organization_id = $1',
        [organizationId],
      );
      const end = BigInt(head?.sequence ?? 0);
      if (end <= base.sequence) {
        await noteSealed(manager, organizationId, base.sequence);
        return false;
      }
      const limit = base.sequence + mostEventsPerSegment;
      const through = end < limit ? end : limit;
      const walked = await walk(manager, organizationId, base, through);
      if ('damage' in walked) {
        const { message } = walked.damage;
        this.logger.error(`The audit log of ${organizationId} is damaged and not sealed: ${message}`);
        return false;
      }
      const facts = {
        organizationId,
        firstSequence: (base.sequence + 1n).toString(),
        sequence: through.toString(),
        hash: walked.hash,
        newestAt: walked.newestAt,
        createdAt: this.clock.now(),
      };
      const signed = await this.signer.sign((kid) => checkpointStatement({ ...facts, kid }));
      await manager.insert(AuditCheckpoint, { ...facts, ...signed });
      await noteSealed(manager, organizationId, through);
      return through < end;
    });
  }
}

async function walk(
  manager: EntityManager,
  organizationId: string,
  base: ChainPosition,
  through: bigint,
): Promise<{ damage: ChainDamage } | { hash: Buffer; newestAt: Date }> {
  const chain = new ChainWalk(base);
  let newestMs = 0;
  while (chain.at.sequence < through) {
    const events = await eventsBehind(manager, organizationId, chain.at.sequence, through);
    if (events.length === 0) return { damage: missing(chain.at.sequence + 1n) };
    for (const event of events) {
      const damage = chain.step(event);
      if (damage) return { damage };
      newestMs = Math.max(newestMs, event.occurredAt.getTime());
    }
  }
  return { hash: chain.at.hash, newestAt: new Date(newestMs) };
}

/** Has the chain looked at again when it has gone on from there. */
async function noteSealed(manager: EntityManager, organizationId: string, sequence: bigint): Promise<void> {
  await manager.query('update audit_chain set sealed_sequence = $2 where organization_id = $1', [
    organizationId,
    sequence.toString(),
  ]);
}

/** Up to where a chain is sealed: its last checkpoint, or else the last segment that was dropped. */
async function sealedEnd(manager: EntityManager, organizationId: string): Promise<ChainPosition> {
  const [row] = await manager.query<{ sequence: string; hash: Buffer }[]>(
    `(select sequence, hash from audit_checkpoint where organization_id = $1 order by sequence desc limit 1)
     union all
     (select last_sequence, hash from audit_dropped_segment where organization_id = $1 order by last_sequence desc limit 1)
     order by sequence desc limit 1`,
    [organizationId],
  );
  return row ? { sequence: BigInt(row.sequence), hash: row.hash } : { sequence: 0n, hash: chainStart };
}
