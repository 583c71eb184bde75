import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Organization } from '#libs/organizations';

/**
 * Why an endpoint gets nothing: the organization says so, the receiver answered 410, or nothing got there for days.
 */
export type DisabledReason = 'request' | 'gone' | 'failing';

/** An address of an organization to which its events are delivered. */
@Entity()
@Index('webhook_endpoint_page', ['organizationId', 'createdAt', 'id'])
@Index('webhook_endpoint_old_secret', { synchronize: false })
export class WebhookEndpoint {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'webhook_endpoint_organization' })
  organization?: Relation<Organization>;

  @Column('text')
  url: string;

  @Column({ type: 'text', nullable: true })
  description: string | null;

  /** The only types that are delivered; empty: all. */
  @Column('text', { array: true })
  eventTypes: string[];

  @Column('boolean')
  enabled: boolean;

  @Column({ type: 'text', nullable: true })
  disabledReason: DisabledReason | null;

  @Column('text')
  sealedSecret: string;

  /** After a rotation: the secret that signs as well. */
  @Column({ type: 'text', nullable: true })
  sealedOldSecret: string | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  oldSecretUntil: Date | null;

  /** The first failure after the last success. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  failingSince: Date | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}
