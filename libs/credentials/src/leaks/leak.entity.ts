import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { LeakPolicy } from '#libs/organizations';
import { Credential } from '../credential.entity.js';

/** Who says that a secret leaked: GitHub's secret scanning, or anybody. */
export const leakSources = ['github', 'report'] as const;
export type LeakSource = (typeof leakSources)[number];

/** What was done about it; `none`: the credential worked no longer. */
export type LeakAction = LeakPolicy | 'none';

/** That the secret of a credential was reported from one place, once or often. */
@Entity()
@Index('leak_place', { synchronize: false })
@Index('leak_of_organization', ['organizationId', 'createdAt', 'id'])
export class Leak {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @Column('uuid')
  credentialId: string;

  @ManyToOne(() => Credential, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'credential_id', foreignKeyConstraintName: 'leak_credential' })
  credential?: Relation<Credential>;

  @Column('text')
  source: LeakSource;

  /** Where it can be read; empty: nobody said, or it is one more beyond the hundredth place. */
  @Column('text')
  url: string;

  /** In what it was found, in GitHub's words: `commit`. */
  @Column({ type: 'text', nullable: true })
  foundIn: string | null;

  /** What was done at the first report. */
  @Column('text')
  action: LeakAction;

  /** How often it was reported. */
  @Column('integer')
  count: number;

  /** When it was first reported. */
  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  lastReportedAt: Date;
}
