import type { JsonWebKey } from 'node:crypto';
import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { SigningAlgorithm } from './signing-algorithm.js';

/** pending: announced, does not sign yet · active: signs · retiring: verifies only · retired: gone from the JWKS */
export type SigningKeyState = 'pending' | 'active' | 'retiring' | 'retired';

/** A key that signs tokens. Its private part is sealed under the master key, and bound to its kid. */
@Entity()
@Check(
  'signing_key_state_known',
  `state = any (array['pending'::text, 'active'::text, 'retiring'::text, 'retired'::text])`,
)
@Index('signing_key_one_active', { synchronize: false })
export class SigningKey {
  /** The JWK thumbprint (RFC 7638): it cannot name two keys. */
  @PrimaryColumn('text')
  kid: string;

  @Column('text')
  alg: SigningAlgorithm;

  @Column('text')
  state: SigningKeyState;

  @Column('jsonb')
  publicJwk: JsonWebKey;

  @Column('text')
  sealedPrivateKey: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  /** From when on it may sign: every cached JWKS knows it by then. */
  @Column({ type: 'timestamptz', precision: 3 })
  activatableAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  activatedAt: Date | null;

  /** The longest life, in seconds, that tokens signed with it may have; null: made by a version that did not note it. */
  @Column({ type: 'integer', nullable: true })
  longestTokenTtlSeconds: number | null;

  /** From when on no token that it signed is alive. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  retirableAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  retiredAt: Date | null;
}
