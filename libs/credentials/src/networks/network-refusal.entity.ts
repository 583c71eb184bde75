import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { NetworksMode } from '#libs/common';
import { Credential } from '../credential.entity.js';
import type { NetworkLevel } from './network-rule.js';

/**
 * How often a credential came from one address that a list leaves out, and was refused for it (`enforce`) or would
 * have been (`shadow`). Kept for 90 days; of a credential's addresses beyond the hundredth only the number is kept.
 */
@Entity()
@Index('network_refusal_last_seen', ['lastSeenAt'])
export class NetworkRefusal {
  @PrimaryColumn('uuid')
  credentialId: string;

  @ManyToOne(() => Credential, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'credential_id', foreignKeyConstraintName: 'network_refusal_credential' })
  credential?: Relation<Credential>;

  @Column('uuid')
  organizationId: string;

  /** Whose list it was. */
  @PrimaryColumn('text')
  level: NetworkLevel;

  @PrimaryColumn('text')
  mode: NetworksMode;

  /** By the proxy rule; empty: others. */
  @PrimaryColumn('text')
  address: string;

  @Column('integer')
  count: number;

  @Column({ type: 'timestamptz', precision: 3 })
  firstSeenAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  lastSeenAt: Date;
}
