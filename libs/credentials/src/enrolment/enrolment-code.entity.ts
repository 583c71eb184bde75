import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Client } from '#libs/clients';

/** What lets a machine register its own public key with a client, once. */
@Entity()
@Index('enrolment_code_hash', ['codeHash'], { unique: true })
@Index('enrolment_code_page', { synchronize: false })
@Index('enrolment_code_expires', ['expiresAt'])
export class EnrolmentCode {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @Column('uuid')
  clientRowId: string;

  @ManyToOne(() => Client, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'client_row_id', foreignKeyConstraintName: 'enrolment_code_client' })
  client?: Relation<Client>;

  /** That of the credential to be. */
  @Column({ type: 'text', nullable: true })
  name: string | null;

  /** A digest under the master key. */
  @Column('bytea')
  codeHash: Buffer;

  /** The prefix and the last four characters of the code. */
  @Column('text')
  hint: string;

  /** The client id of who made it. */
  @Column('text')
  createdBy: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  revokedAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  redeemedAt: Date | null;

  /** The credential that came of it. */
  @Column({ type: 'uuid', nullable: true })
  credentialId: string | null;

  /** When the credential to be ends; null: as the organization has it. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  credentialExpiresAt: Date | null;

  /** The credential whose place the new one takes. */
  @Column({ type: 'uuid', nullable: true })
  replaces: string | null;

  /** For how long the old one then goes on working. */
  @Column({ type: 'integer', nullable: true })
  overlapSeconds: number | null;

  @Column({ type: 'integer', nullable: true })
  retireAfterQuietSeconds: number | null;
}

export type EnrolmentStatus = 'open' | 'redeemed' | 'revoked' | 'expired';

/** The status follows from the times, so that nothing has to change it when one of them passes. */
export function enrolmentStatusOf(
  { redeemedAt, revokedAt, expiresAt }: Pick<EnrolmentCode, 'redeemedAt' | 'revokedAt' | 'expiresAt'>,
  now: Date,
): EnrolmentStatus {
  if (redeemedAt) return 'redeemed';
  if (revokedAt) return 'revoked';
  return expiresAt <= now ? 'expired' : 'open';
}
