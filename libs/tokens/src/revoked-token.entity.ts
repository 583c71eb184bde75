import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A token that was ended before its time; kept until that time. */
@Entity()
@Index('revoked_token_expires', ['expiresAt'])
export class RevokedToken {
  @PrimaryColumn('text')
  jti: string;

  @Column('uuid')
  organizationId: string;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt: Date;
}
