import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The head of an organization's chain of audit events; its row lock puts parallel writers in a line. */
@Entity()
@Index('audit_chain_to_seal', { synchronize: false })
export class AuditChain {
  @PrimaryColumn('uuid')
  organizationId: string;

  @Column('bigint')
  sequence: string;

  @Column('bytea')
  hash: Buffer;

  /** Up to where it needs no sealing: tells which chains to look at, and proves nothing. */
  @Column('bigint', { default: 0 })
  sealedSequence: string;

  /** Whether it went on from there; a trigger sees to it. */
  @Column('boolean', { default: true })
  unsealed: boolean;

  /** When the latest of all its events occurred, which need not be the last one: clocks of instances differ. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true, select: false })
  latestAt?: Date | null;

  /** How far an event ever was behind the latest of those before it; null: nobody knows. */
  @Column({ type: 'interval', nullable: true, select: false })
  mostLate?: unknown;
}

/** The chain of what concerns the whole server and no single organization. */
export const serverChain = '00000000-0000-0000-0000-000000000000';
