import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Organization } from './organization.entity.js';

export type SnapshotKind = 'setup' | 'client';

/**
 * A state of a setup or client, and from when on it holds. What holds now is in the row of the thing itself; its
 * snapshots are what was, what is to be, and what remains of it when it is deleted.
 */
@Entity()
@Check('snapshot_kind_known', `kind = any (array['setup'::text, 'client'::text])`)
@Index('snapshot_of_parent', ['parentId', 'validFrom', 'createdAt'])
@Index('snapshot_of_organization', ['organizationId', 'kind', 'parentCreatedAt', 'parentId'])
@Index('snapshot_page', { synchronize: false })
@Index('snapshot_pending', { synchronize: false })
export class Snapshot {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'snapshot_organization' })
  organization?: Relation<Organization>;

  @Column('text')
  kind: SnapshotKind;

  /** The row of the setup or client; not a foreign key, for it outlives that. */
  @Column('uuid')
  parentId: string;

  @Column({ type: 'timestamptz', precision: 3 })
  parentCreatedAt: Date;

  /** Of a client: its setup; null: none, and so shown by the default one. */
  @Column({ type: 'uuid', nullable: true })
  setupId: string | null;

  /** Of a client: its public identifier. */
  @Column({ type: 'text', nullable: true })
  clientId: string | null;

  @Column('jsonb')
  state: object;

  @Column({ type: 'timestamptz', precision: 3 })
  validFrom: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  /** Null: it has not taken effect. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  appliedAt: Date | null;

  /** When it was called off, or its setup or client deleted. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deletedAt: Date | null;

  /** Why it could not take effect at its time. */
  @Column({ type: 'text', nullable: true })
  failure: string | null;
}
