import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Credential } from '../credential.entity.js';

/**
 * From where a credential was used since it is retiring: who has still to change over. Where a leaked secret would be
 * put in quarantine, also from where it was used before.
 */
@Entity()
@Index('credential_source_last_used', ['lastUsedAt'])
export class CredentialSource {
  @PrimaryColumn('uuid')
  credentialId: string;

  @ManyToOne(() => Credential, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'credential_id', foreignKeyConstraintName: 'credential_source_credential' })
  credential?: Relation<Credential>;

  @Column('uuid')
  organizationId: string;

  @PrimaryColumn('text')
  address: string;

  /** The family; empty when the client named none. */
  @PrimaryColumn('text')
  userAgent: string;

  @Column({ type: 'timestamptz', precision: 3 })
  lastUsedAt: Date;

  /** Since it is retiring, if it is; 0: before that alone. */
  @Column('integer')
  count: number;
}
