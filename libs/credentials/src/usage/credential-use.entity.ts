import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Credential } from '../credential.entity.js';

/** How often a credential was used on one day (UTC); days without use have no row. Kept for 90 days. */
@Entity()
@Index('credential_use_day', ['day'])
export class CredentialUse {
  @PrimaryColumn('uuid')
  credentialId: string;

  @ManyToOne(() => Credential, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'credential_id', foreignKeyConstraintName: 'credential_use_credential' })
  credential?: Relation<Credential>;

  @Column('uuid')
  organizationId: string;

  @PrimaryColumn('date')
  day: string;

  @Column('integer')
  count: number;
}
