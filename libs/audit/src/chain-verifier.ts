import { Injectable } from '@nestjs/common';
import { invalid } from '#libs/common';
import { Transactions } from '#libs/database';
import { AuditCheckpoint } from './audit-checkpoint.entity.js';
import { AuditDroppedSegment } from './audit-dropped-segment.entity.js';
import { AuditSigner } from './audit-signer.js';
import { chainStart } from './canonical.js';
import { type ChainDamage, ChainWalk, contradicted, eventsBehind, missing, unsigned } from './chain-walk.js';
import { type ChainPosition, checkpointStatement, droppedStatement } from './seal-statements.js';

/** How much of a chain to check. */
export interface VerifyRequest {
  readonly organizationId: string;
  /** Begin behind this checkpoint, by its sequence; undefined: at the beginning of what is kept. */
  readonly after?: bigint;
  /** Stop at the first checkpoint behind so many entries; undefined: at the end. */
  readonly most?: number;
  /** Checkpoints that were kept elsewhere: they show a cut that took the ones in the database along. */
  readonly anchors?: readonly AuditCheckpoint[];
  /** Told of the entries checked so far, page by page. */
  readonly onProgress?: (checked: number) => void;
}

/** The result of checking a chain. */
export interface Verification {
  readonly organizationId: string;
  readonly head: ChainPosition;
  /** The first and the last entry that were looked at; both 0 when there was none. */
  readonly first: bigint;
  readonly last: bigint;
  readonly checked: number;
  readonly checkpoints: number;
  /** Up to where a signature covers the chain; what is younger rests on the hashes alone. */
  readonly sealedThrough: bigint;
  /** Where to go on when `most` was reached. */
  readonly next: bigint | undefined;
  readonly damage: ChainDamage | undefined;
}

interface ChainEnds {
  readonly head: ChainPosition | undefined;
  readonly lastEvent: bigint;
  readonly lastCheckpoint: bigint;
}

/** Checks a chain of the audit log against its hashes, its head and its signed checkpoints. */
@Injectable()
export class ChainVerifier {
  constructor(
    private readonly transactions: Transactions,
    private readonly signer: AuditSigner,
  ) {}

  /**
   * Checks page by page with bounded memory, while others go on writing.
   *
   * @throws DomainError `invalid` when `after` names no checkpoint
   */
  async verify(request: VerifyRequest): Promise<Verification> {
    const ends = await this.endsOf(request.organizationId);
    const start = await this.startOf(request);
    const run = new VerifierRun(this.transactions, this.signer, request, start.position);
    const damage = start.damage ?? (await run.follow(ends)) ?? undefined;
    const found = damage ?? (run.next === undefined ? this.damageOfEnd(run.at, ends, request) : undefined);
    // Retention took the beginning away meanwhile: what was missing was dropped.
    if (found?.kind === 'missing' && request.after === undefined) {
      const again = await this.startOf(request);
      if (again.position.sequence > start.position.sequence) return this.verify(request);
    }
    const { checked, checkpoints, sealedThrough, next } = run;
    return {
      organizationId: request.organizationId,
      head: ends.head ?? { sequence: 0n, hash: chainStart },
      first: checked > 0 ? start.position.sequence + 1n : 0n,
      last: checked > 0 ? run.at.sequence : 0n,
      checked,
      checkpoints,
      sealedThrough,
      next,
      damage: found,
    };
  }

  /** The ends of the chain by three witnesses, in one statement and so at one moment. */
  private async endsOf(organizationId: string): Promise<ChainEnds> {
    const [row] = await this.transactions.read({ organizationId }, (manager) =>
      manager.query<{ sequence: string | null; hash: Buffer | null; event: string; checkpoint: string }[]>(
        `select c.sequence, c.hash,
           (select coalesce(max(sequence), 0) from audit_event where organization_id = $1) as event,
           (select coalesce(max(sequence), 0) from audit_checkpoint where organization_id = $1) as checkpoint
         from (select $1::uuid as id) wanted left join audit_chain c on c.organization_id = wanted.id`,
        [organizationId],
      ),
    );
    const { sequence = null, hash = null, event = '0', checkpoint = '0' } = row ?? {};
    return {
      head: sequence !== null && hash ? { sequence: BigInt(sequence), hash } : undefined,
      lastEvent: BigInt(event),
      lastCheckpoint: BigInt(checkpoint),
    };
  }

  /** Where checking begins: behind what was dropped, or behind the checkpoint asked for. */
  private async startOf({
    organizationId,
    after,
  }: VerifyRequest): Promise<{ position: ChainPosition; damage?: ChainDamage }> {
    if (after !== undefined && after > 0n) return this.behindCheckpoint(organizationId, after);
    const [dropped] = await this.transactions.read({ organizationId }, (manager) =>
      manager.find(AuditDroppedSegment, {
        where: { organizationId },
        order: { lastSequence: 'DESC' },
        take: 1,
      }),
    );
    if (!dropped) return { position: { sequence: 0n, hash: chainStart } };
    const position = { sequence: BigInt(dropped.lastSequence), hash: dropped.hash };
    if (await this.signer.isSigned(droppedStatement(dropped), dropped)) return { position };
    const message = `The record of the dropped entries up to ${position.sequence} is not what was signed.`;
    return { position, damage: { sequence: position.sequence, kind: 'checkpoint', message } };
  }

  private async behindCheckpoint(
    organizationId: string,
    after: bigint,
  ): Promise<{ position: ChainPosition; damage?: ChainDamage }> {
    const checkpoint = await this.transactions.read({ organizationId }, (manager) =>
      manager.findOneBy(AuditCheckpoint, { organizationId, sequence: after.toString() }),
    );
    if (!checkpoint) {
      throw invalid('There is no such checkpoint.', [
        { path: 'after', message: 'must be the sequence of a checkpoint' },
      ]);
    }
    const position = { sequence: after, hash: checkpoint.hash };
    if (await this.signer.isSigned(checkpointStatement(checkpoint), checkpoint)) return { position };
    return { position, damage: unsigned(after) };
  }

  private damageOfEnd(
    at: ChainPosition,
    { head, lastEvent, lastCheckpoint }: ChainEnds,
    { anchors = [] }: VerifyRequest,
  ): ChainDamage | undefined {
    const anchored = anchors.reduce((most, { sequence }) => max(most, BigInt(sequence)), lastCheckpoint);
    if (anchored > at.sequence) return missing(at.sequence + 1n);
    const end = head?.sequence ?? 0n;
    if (end > at.sequence) return missing(at.sequence + 1n);
    if (lastEvent > end) {
      const sequence = end + 1n;
      return { sequence, kind: 'added', message: `Entry ${sequence} stands behind the end of the chain.` };
    }
    if (!head || head.hash.equals(at.hash)) return undefined;
    return {
      sequence: at.sequence,
      kind: 'head',
      message: `The head of the chain does not fit entry ${at.sequence}.`,
    };
  }
}

/** One walk along a chain with its checkpoints. */
class VerifierRun {
  checked = 0;
  checkpoints = 0;
  sealedThrough: bigint;
  next: bigint | undefined;
  private readonly chain: ChainWalk;
  private upcoming: AuditCheckpoint[] = [];
  private readonly anchors: ReadonlyMap<string, AuditCheckpoint>;

  constructor(
    private readonly transactions: Transactions,
    private readonly signer: AuditSigner,
    private readonly request: VerifyRequest,
    start: ChainPosition,
  ) {
    this.chain = new ChainWalk(start);
    this.sealedThrough = start.sequence;
    const { organizationId, anchors = [] } = request;
    const own = anchors.filter((anchor) => anchor.organizationId === organizationId);
    this.anchors = new Map(own.map((anchor) => [anchor.sequence, anchor]));
  }

  get at(): ChainPosition {
    return this.chain.at;
  }

  /** Goes to the end of the chain as it was at the start. @returns the first damage */
  async follow({ head, lastEvent, lastCheckpoint }: ChainEnds): Promise<ChainDamage | undefined> {
    const end = head ? head.sequence : lastEvent;
    while (this.at.sequence < end) {
      const { organizationId } = this.request;
      const events = await this.transactions.read({ organizationId }, (manager) =>
        eventsBehind(manager, organizationId, this.at.sequence, end),
      );
      if (events.length === 0) return undefined;
      for (const event of events) {
        const damage = this.chain.step(event) ?? (await this.meetCheckpoint(lastCheckpoint));
        if (damage) return damage;
        this.checked++;
        if (this.isEnough(end)) return undefined;
      }
      this.request.onProgress?.(this.checked);
    }
    return undefined;
  }

  private isEnough(end: bigint): boolean {
    const { most } = this.request;
    const { sequence } = this.at;
    if (most === undefined || this.checked < most || sequence !== this.sealedThrough || sequence === end) {
      return false;
    }
    this.next = sequence;
    return true;
  }

  /** Compares the entry just passed with the checkpoints that were made there. */
  private async meetCheckpoint(lastCheckpoint: bigint): Promise<ChainDamage | undefined> {
    const { sequence, hash } = this.at;
    const anchor = this.anchors.get(sequence.toString());
    if (anchor && (!anchor.hash.equals(hash) || !(await this.isSigned(anchor)))) {
      return contradicted(BigInt(anchor.firstSequence), sequence);
    }
    if (sequence > lastCheckpoint) return undefined;
    if (this.upcoming.length === 0) this.upcoming = await this.checkpointsFrom(sequence, lastCheckpoint);
    const checkpoint = this.upcoming[0];
    if (!checkpoint) return undefined;
    // Signatures first: what is not signed says nothing about the entries.
    if (BigInt(checkpoint.sequence) !== sequence) return undefined;
    this.upcoming.shift();
    if (!(await this.isSigned(checkpoint))) return unsigned(sequence);
    const first = this.sealedThrough + 1n;
    if (BigInt(checkpoint.firstSequence) !== first) {
      const message = `A checkpoint before entry ${checkpoint.firstSequence} is missing.`;
      return { sequence: BigInt(checkpoint.firstSequence) - 1n, kind: 'checkpoint', message };
    }
    if (!checkpoint.hash.equals(hash)) return contradicted(first, sequence);
    this.sealedThrough = sequence;
    this.checkpoints++;
    return undefined;
  }

  private isSigned(checkpoint: AuditCheckpoint): Promise<boolean> {
    return this.signer.isSigned(checkpointStatement(checkpoint), checkpoint);
  }

  private checkpointsFrom(sequence: bigint, through: bigint): Promise<AuditCheckpoint[]> {
    const { organizationId } = this.request;
    return this.transactions.read({ organizationId }, (manager) =>
      manager
        .createQueryBuilder(AuditCheckpoint, 'checkpoint')
        .where('checkpoint.organizationId = :organizationId', { organizationId })
        .andWhere('checkpoint.sequence between :sequence and :through', {
          sequence: sequence.toString(),
          through: through.toString(),
        })
        .orderBy('checkpoint.sequence')
        .limit(500)
        .getMany(),
    );
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
