import type { EntityManager } from 'typeorm';
import { AuditEvent } from './audit-event.entity.js';
import { chainHash } from './canonical.js';
import type { ChainPosition } from './seal-statements.js';

const pageSize = 1_000;

/** The first thing that is wrong with a chain. */
export interface ChainDamage {
  /** The first bad entry; where a checkpoint contradicts, the first of the segment that it seals. */
  readonly sequence: bigint;
  readonly kind: 'altered' | 'missing' | 'added' | 'head' | 'checkpoint';
  readonly message: string;
}

/** Goes along a chain event by event, and stops at the first that does not follow from the one before. */
export class ChainWalk {
  constructor(private position: ChainPosition) {}

  get at(): ChainPosition {
    return this.position;
  }

  /** @returns what is wrong with the event at this place; undefined: nothing, and the walk has moved on to it */
  step({ hash, ...facts }: AuditEvent): ChainDamage | undefined {
    const expected = this.position.sequence + 1n;
    const sequence = BigInt(facts.sequence);
    if (sequence !== expected) return missing(expected);
    const follows = chainHash(this.position.hash, facts);
    if (!follows.equals(hash)) {
      return { sequence, kind: 'altered', message: `Entry ${sequence} is not what was written.` };
    }
    this.position = { sequence, hash };
    return undefined;
  }
}

/** The damage that an entry is not there. */
export function missing(sequence: bigint): ChainDamage {
  return { sequence, kind: 'missing', message: `Entry ${sequence} is missing.` };
}

/** The damage that a checkpoint is not what was signed. */
export function unsigned(sequence: bigint): ChainDamage {
  return {
    sequence,
    kind: 'checkpoint',
    message: `The checkpoint at entry ${sequence} is not what was signed.`,
  };
}

/** The damage that a segment fits its own hashes and not its checkpoint. */
export function contradicted(first: bigint, last: bigint): ChainDamage {
  return {
    sequence: first,
    kind: 'altered',
    message: `The entries from ${first} to ${last} are not those that were sealed.`,
  };
}

/** One page of a chain's events behind a place, in their order. */
export function eventsBehind(
  manager: EntityManager,
  organizationId: string,
  after: bigint,
  through: bigint,
): Promise<AuditEvent[]> {
  return manager
    .createQueryBuilder(AuditEvent, 'event')
    .where('event.organizationId = :organizationId', { organizationId })
    .andWhere('event.sequence > :after and event.sequence <= :through', {
      after: after.toString(),
      through: through.toString(),
    })
    .orderBy('event.sequence')
    .limit(pageSize)
    .getMany();
}
