import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A key that signs checkpoints of the audit log and nothing else (Ed25519). */
@Entity()
export class AuditKey {
  @PrimaryColumn('text')
  kid: string;

  /** The 32 bytes of RFC 8032; for exports. Checks use the sealed private key, which nobody else can write. */
  @Column('bytea')
  publicKey: Buffer;

  @Column('text')
  sealedPrivateKey: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
