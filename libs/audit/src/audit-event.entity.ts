import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One thing that happened in an organization: who did what to what. Only ever inserted. */
@Entity()
@Index('audit_event_time', ['organizationId', 'occurredAt', 'sequence'])
@Index('audit_event_of_kind', { synchronize: false })
@Index('audit_event_of_actor', { synchronize: false })
@Index('audit_event_of_target', { synchronize: false })
@Index('audit_event_gone', ['targetId'], { where: "action = 'organization.deleted'" })
export class AuditEvent {
  @PrimaryColumn('uuid')
  organizationId: string;

  /** Counts up without gaps within the organization. */
  @PrimaryColumn('bigint')
  sequence: string;

  @Column({ type: 'timestamptz', precision: 3 })
  occurredAt: Date;

  /** `client.created`, `credential.rotated`, … */
  @Column('text')
  action: string;

  /** The client id of who did it, or `system`. */
  @Column('text')
  actor: string;

  @Column({ type: 'uuid', nullable: true })
  actorCredentialId: string | null;

  @Column({ type: 'text', nullable: true })
  address: string | null;

  @Column({ type: 'text', nullable: true })
  requestId: string | null;

  @Column('text')
  targetType: string;

  @Column('text')
  targetId: string;

  /** What was changed, without secrets. */
  @Column('jsonb')
  details: object;

  /** SHA-256 over the entry before and this one's canonical form: no entry can change unnoticed. */
  @Column('bytea')
  hash: Buffer;
}
