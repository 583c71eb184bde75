import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A create request that was answered, so that its repetition is answered the same and does nothing. */
@Entity()
@Index('idempotency_key_created', ['createdAt'])
export class IdempotencyKey {
  /** The client that asked: two callers may choose the same key. */
  @PrimaryColumn('text')
  caller: string;

  @PrimaryColumn('text')
  key: string;

  /** The caller's, for only it may see the answer. Null: asked before such things were noted. */
  @Column({ type: 'uuid', nullable: true })
  organizationId: string | null;

  /** A keyed digest of the operation and the body: a body may hold a secret that somebody chose. */
  @Column('bytea')
  fingerprint: Buffer;

  /** The answer without its secrets; as text, for jsonb forgets the order of its fields. */
  @Column({ type: 'json', nullable: true })
  answer: unknown;

  /** The whole answer, sealed; deleted when the window for secrets ends. */
  @Column({ type: 'text', nullable: true })
  sealedAnswer: string | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
