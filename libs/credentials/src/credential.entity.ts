import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Client } from '#libs/clients';
import { invalid } from '#libs/common';

export type CredentialKind = 'client_secret';
export type CredentialStatus = 'active' | 'retiring' | 'retired' | 'expired' | 'revoked';

/** One way in which a client can prove itself. A client has several, so that they can be rotated without a gap. */
@Entity()
@Index('credential_of_client', ['clientRowId', 'createdAt'])
export class Credential {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @Column('uuid')
  clientRowId: string;

  @ManyToOne(() => Client, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'client_row_id', foreignKeyConstraintName: 'credential_client' })
  client?: Relation<Client>;

  @Column({ type: 'text', nullable: true })
  name: string | null;

  @Column('text')
  kind: CredentialKind;

  /** The prefix and the last four characters of the secret. */
  @Column('text')
  hint: string;

  /** `<scheme>$<pepper id>$<value>`; see SecretHasher. */
  @Column('text')
  hash: string;

  @Column({ type: 'text', nullable: true })
  alg: string | null;

  @Column({ type: 'text', nullable: true })
  kid: string | null;

  /** The client id of who made it. */
  @Column('text')
  createdBy: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  expiresAt: Date | null;

  /** After a rotation: until when the old one still works. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  retiresAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  lastUsedAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  revokedAt: Date | null;

  /** The credential that this one took the place of. */
  @Column({ type: 'uuid', nullable: true })
  replaces: string | null;
}

const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether it may be the id of a credential at all. */
export function isCredentialId(id: string): boolean {
  return idPattern.test(id);
}

/** @throws DomainError `invalid` for an end that is not ahead */
export function mustExpireLater(expiresAt: Date | null, now: Date): void {
  if (!expiresAt || expiresAt > now) return;
  throw invalid('The time of expiry has passed.', [{ path: 'expiresAt', message: 'must be in the future' }]);
}

type Lifetime = Pick<Credential, 'expiresAt' | 'retiresAt' | 'revokedAt'>;

/** The status follows from the times, so that nothing has to change it when one of them passes. */
export function statusOf({ revokedAt, expiresAt, retiresAt }: Lifetime, now: Date): CredentialStatus {
  if (revokedAt) return 'revoked';
  if (retiresAt && retiresAt <= now) return 'retired';
  if (expiresAt && expiresAt <= now) return 'expired';
  return retiresAt ? 'retiring' : 'active';
}

/** Whether it still opens the door. */
export function isLive(lifetime: Lifetime, now: Date): boolean {
  const status = statusOf(lifetime, now);
  return status === 'active' || status === 'retiring';
}
