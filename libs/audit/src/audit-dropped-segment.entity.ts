import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What stands for a segment that retention dropped, so that the rest still verifies. */
@Entity()
export class AuditDroppedSegment {
  @PrimaryColumn('uuid')
  organizationId: string;

  @Column('bigint')
  firstSequence: string;

  @PrimaryColumn('bigint')
  lastSequence: string;

  /** The hash of its last event, from which the next segment goes on. */
  @Column('bytea')
  hash: Buffer;

  @Column({ type: 'timestamptz', precision: 3 })
  droppedAt: Date;

  @Column('text')
  kid: string;

  @Column('bytea')
  signature: Buffer;
}
