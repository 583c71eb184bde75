import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';
import { WebhookEvent } from './webhook-event.entity.js';

/** `failed`: given up. */
export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** One event on its way to one endpoint. */
@Entity()
@Check(
  'webhook_delivery_status_known',
  `status = any (array['pending'::text, 'delivered'::text, 'failed'::text])`,
)
@Index('webhook_delivery_list', { synchronize: false })
@Index('webhook_delivery_of_status', { synchronize: false })
@Index('webhook_delivery_event_id', ['eventId'])
@Index('webhook_delivery_due', { synchronize: false })
export class WebhookDelivery {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @Column('uuid')
  endpointId: string;

  @ManyToOne(() => WebhookEndpoint, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'endpoint_id', foreignKeyConstraintName: 'webhook_delivery_endpoint' })
  endpoint?: Relation<WebhookEndpoint>;

  @Column('uuid')
  eventId: string;

  @ManyToOne(() => WebhookEvent, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'event_id', foreignKeyConstraintName: 'webhook_delivery_event' })
  event?: Relation<WebhookEvent>;

  @Column('text')
  status: DeliveryStatus;

  @Column('integer')
  attempts: number;

  /** When to try again; while it is tried, when another instance may. Null: never. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  nextAttemptAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  lastAttemptAt: Date | null;

  /** The HTTP status of the last answer; null: there was none. */
  @Column({ type: 'integer', nullable: true })
  responseStatus: number | null;

  /** Why the last attempt failed, in a fixed word: `timeout`. */
  @Column({ type: 'text', nullable: true })
  failure: string | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
