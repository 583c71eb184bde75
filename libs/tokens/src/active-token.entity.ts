import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Client } from '#libs/clients';

/** A live token of an organization that counts or re-uses them. All others write no row. */
@Entity()
@Index('active_token_of_client', ['clientRowId'])
@Index('active_token_expires', ['expiresAt'])
export class ActiveToken {
  @PrimaryColumn('text')
  jti: string;

  @Column('uuid')
  organizationId: string;

  @Column('uuid')
  clientRowId: string;

  @ManyToOne(() => Client, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'client_row_id', foreignKeyConstraintName: 'active_token_client' })
  client?: Relation<Client>;

  @Column('uuid')
  credentialId: string;

  /** What was asked for: a token is re-used for the same request only. */
  @Column('text')
  request: string;

  @Column('text')
  generation: string;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt: Date;

  /** The token itself, sealed, where it may be answered again. */
  @Column({ type: 'text', nullable: true })
  sealedToken: string | null;
}
