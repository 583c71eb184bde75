import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { AuditCheckpoint } from './audit-checkpoint.entity.js';
import type { AuditDroppedSegment } from './audit-dropped-segment.entity.js';
import type { AuditEvent } from './audit-event.entity.js';
import type { Signed } from './audit-signer.js';
import { canonicalJson, chainStart } from './canonical.js';
import { type ChainDamage, ChainWalk, contradicted, missing, unsigned } from './chain-walk.js';
import { type ChainPosition, checkpointStatement, droppedStatement } from './seal-statements.js';

/** What an export is checked against. */
export interface ExportSeals {
  readonly checkpoints: readonly AuditCheckpoint[];
  /** What stands for the entries before the first one, where retention dropped some. */
  readonly dropped?: AuditDroppedSegment | undefined;
  /** Public keys (RFC 8032, 32 bytes) by name: those that the reader noted, not those that somebody hands him now. */
  readonly keys: ReadonlyMap<string, Buffer>;
}

/** The result of checking an export. */
export interface ExportVerification {
  readonly checked: number;
  /** How many checkpoints fit. */
  readonly checkpoints: number;
  /** Up to where a signature covers the chain; 0: nowhere. */
  readonly sealedThrough: bigint;
  readonly damage: ChainDamage | undefined;
}

/**
 * Checks one chain that was exported whole, with nothing but the export, checkpoints, and the keys that signed them.
 * Checkpoints of other chains are passed over.
 */
export async function verifyExport(
  events: AsyncIterable<AuditEvent>,
  seals: ExportSeals,
): Promise<ExportVerification> {
  const run = new ExportRun(seals);
  for await (const event of events) {
    const damage = run.step(event);
    if (damage) return { ...run.found, damage };
  }
  return { ...run.found, damage: run.damageOfEnd() };
}

class ExportRun {
  readonly found = { checked: 0, checkpoints: 0, sealedThrough: 0n };
  private readonly keys: ReadonlyMap<string, KeyObject>;
  private readonly byPlace: ReadonlyMap<string, AuditCheckpoint>;
  private chain: ChainWalk | undefined;
  private organizationId = '';

  constructor(private readonly seals: ExportSeals) {
    this.keys = new Map([...seals.keys].map(([kid, raw]) => [kid, publicKeyOf(raw)]));
    this.byPlace = new Map(seals.checkpoints.map((one) => [placeOf(one), one]));
  }

  step(event: AuditEvent): ChainDamage | undefined {
    this.chain ??= this.startAt(event);
    const damage = this.chain.step(event);
    if (damage) return damage;
    this.found.checked++;
    const checkpoint = this.byPlace.get(placeOf({ ...event, organizationId: this.organizationId }));
    if (!checkpoint) return undefined;
    const sequence = BigInt(event.sequence);
    if (!this.isSigned(checkpointStatement(checkpoint), checkpoint)) return unsigned(sequence);
    if (!checkpoint.hash.equals(event.hash)) return contradicted(BigInt(checkpoint.firstSequence), sequence);
    this.found.checkpoints++;
    this.found.sealedThrough = sequence;
    return undefined;
  }

  /** A checkpoint behind the end shows a tail that was cut off. */
  damageOfEnd(): ChainDamage | undefined {
    const end = this.chain?.at.sequence ?? 0n;
    const isCut = this.seals.checkpoints.some(
      ({ organizationId, sequence }) => organizationId === this.organizationId && BigInt(sequence) > end,
    );
    return isCut ? missing(end + 1n) : undefined;
  }

  private startAt({ organizationId, sequence }: AuditEvent): ChainWalk {
    this.organizationId = organizationId;
    return new ChainWalk(this.positionOf((BigInt(sequence) - 1n).toString()));
  }

  /** What the first entry follows: what was dropped, an entry that a checkpoint vouches for, or the beginning. */
  private positionOf(sequence: string): ChainPosition {
    const { dropped } = this.seals;
    const checkpoint = this.byPlace.get(placeOf({ organizationId: this.organizationId, sequence }));
    if (dropped?.lastSequence === sequence && this.isSigned(droppedStatement(dropped), dropped))
      return { sequence: BigInt(sequence), hash: dropped.hash };
    if (checkpoint && this.isSigned(checkpointStatement(checkpoint), checkpoint))
      return { sequence: BigInt(sequence), hash: checkpoint.hash };
    return { sequence: 0n, hash: chainStart };
  }

  private isSigned(statement: object, { kid, signature }: Signed): boolean {
    const key = this.keys.get(kid);
    return key !== undefined && verify(null, Buffer.from(canonicalJson(statement)), key, signature);
  }
}

function placeOf({ organizationId, sequence }: Pick<AuditCheckpoint, 'organizationId' | 'sequence'>): string {
  return `${organizationId} ${sequence}`;
}

function publicKeyOf(raw: Buffer): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
}
