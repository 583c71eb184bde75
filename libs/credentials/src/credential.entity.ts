import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Client } from '#libs/clients';
import type { AllowedNetworks } from '#libs/common';

export const credentialKinds = ['client_secret', 'public_key'] as const;
export type CredentialKind = (typeof credentialKinds)[number];

/** From where alone a credential whose secret leaked may be used. */
export interface Quarantine {
  /** ISO 8601. */
  readonly since: string;
  /** Where it was used before, as addresses and networks in CIDR notation. */
  readonly addresses: readonly string[];
}

/** One way in which a client can prove itself. A client has several, so that they can be rotated without a gap. */
@Entity()
@Index('credential_page', { synchronize: false })
@Index('credential_ending', { synchronize: false })
@Index('credential_of_organization', ['organizationId', 'createdAt', 'id'])
@Index('credential_public_key', { synchronize: false })
@Index('credential_lookup', { synchronize: false })
@Index('credential_expires', { synchronize: false })
@Index('credential_notice_to_give', { synchronize: false })
@Index('credential_retirement_to_note', { synchronize: false })
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

  /** The prefix and the last four characters of the secret, or those of the thumbprint. */
  @Column('text')
  hint: string;

  /** `<scheme>$<pepper id>$<value>`; see SecretHasher. Null: it is no secret. */
  @Column({ type: 'text', nullable: true })
  hash: string | null;

  /** By which the secret is found without its client; null: it was chosen, or not seen since there are such. */
  @Column({ type: 'bytea', nullable: true, select: false })
  lookupHash?: Buffer | null;

  /** A public key (RFC 7517); null: it is a secret. */
  @Column({ type: 'jsonb', nullable: true })
  publicJwk: Readonly<Record<string, unknown>> | null;

  /** Of the public key, by SHA-256 (RFC 7638). */
  @Column({ type: 'text', nullable: true })
  thumbprint: string | null;

  /** For a secret: the algorithm of the tokens bought with it. For a public key: its own. */
  @Column({ type: 'text', nullable: true })
  alg: string | null;

  @Column({ type: 'text', nullable: true })
  kid: string | null;

  /** From where it may be used; null: from everywhere that its client and organization allow. */
  @Column({ type: 'jsonb', nullable: true })
  allowedNetworks: AllowedNetworks | null;

  /** Null: it is in none. */
  @Column({ type: 'jsonb', nullable: true })
  quarantine: Quarantine | null;

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

  /** After a rotation: each use moves `retiresAt` so far ahead. Null: `retiresAt` stands. */
  @Column({ type: 'integer', nullable: true })
  retireAfterQuietSeconds: number | null;

  /** Whether the audit log has the retirement. */
  @Column('boolean')
  retirementNoted: boolean;

  /** The shortest notice of its expiry that was given or that it has not the life for, in days; 0: it was noted itself. */
  @Column({ type: 'integer', nullable: true })
  expiryNotedDays: number | null;

  /** When it was last noted that it was presented after its retirement. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  lateUseNotedAt?: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  lastUsedAt: Date | null;

  /** Where it was used last, by the proxy rule. */
  @Column({ type: 'text', nullable: true })
  lastAddress: string | null;

  /** The family of the user agent that used it last: `curl`. */
  @Column({ type: 'text', nullable: true })
  lastUserAgent: string | null;

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
