import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The signed end of a segment: a run of events from behind the checkpoint before up to this one. */
@Entity()
@Index('audit_checkpoint_newest', ['newestAt'])
export class AuditCheckpoint {
  @PrimaryColumn('uuid')
  organizationId: string;

  @Column('bigint')
  firstSequence: string;

  /** The last event of the segment. */
  @PrimaryColumn('bigint')
  sequence: string;

  /** The hash of that event, and so of everything before it. */
  @Column('bytea')
  hash: Buffer;

  /** When the youngest event of the segment occurred. */
  @Column({ type: 'timestamptz', precision: 3 })
  newestAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column('text')
  kid: string;

  /** Ed25519 over the canonical form (docs/audit.md). */
  @Column('bytea')
  signature: Buffer;
}
