import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Organization } from '#libs/organizations';

/** Something that happened and that at least one endpoint wants to know: the outbox. */
@Entity()
@Index('webhook_event_organization_id', ['organizationId'])
@Index('webhook_event_occurred', ['occurredAt'])
export class WebhookEvent {
  /** Also the `webhook-id` of its deliveries, by which a receiver knows a repetition. */
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'webhook_event_organization' })
  organization?: Relation<Organization>;

  @Column('text')
  type: string;

  /** What is told, without secrets. */
  @Column('jsonb')
  data: object;

  @Column({ type: 'timestamptz', precision: 3 })
  occurredAt: Date;
}
