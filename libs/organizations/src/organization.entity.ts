import { Check, Column, Entity, type EntityManager, Index, PrimaryColumn, Unique } from 'typeorm';
import { type AllowedNetworks, notFound } from '#libs/common';

/** So many tokens in so many seconds, at most. */
export interface TokenQuota {
  tokens: number;
  seconds: number;
  /** `shadow`: what would be refused is only counted and reported. Left out: `enforce`. */
  mode?: 'enforce' | 'shadow';
}

/** Defaults and ceilings that an organization sets for its clients. */
export interface OrganizationSettings {
  /** For clients that set no lifetime of their own. */
  accessTokenTtlSeconds?: number;
  /** The longest lifetime a client of the organization may ask for. */
  maxAccessTokenTtlSeconds?: number;
  maxCredentialsPerClient?: number;
  /** How old a credential can get: a new one must have an end by then. */
  credentialMaxAgeSeconds?: number;
  /** For credentials that are given no end. */
  credentialDefaultTtlSeconds?: number;
  /** How long the end of a rotation can be undone. */
  rotationUndoSeconds?: number;
  accessTokenSigningAlg?: string;
  /** From where its clients may ask for tokens; left out: from everywhere. */
  allowedNetworks?: AllowedNetworks;
  /** What becomes of a credential whose secret is reported as leaked; left out: `notify`. */
  leakPolicy?: LeakPolicy;
  /** With the policy `rotate`: how long such a credential lives on. */
  leakRotationSeconds?: number;
  /** How often each client may call the admin surfaces. */
  adminRateLimit?: { requests: number; seconds: number };
  /** For all its clients together: set by the operator. */
  tokenQuota?: TokenQuota;
  /** For each client that has none of its own. */
  clientTokenQuota?: TokenQuota;
}

/** From the mildest to the strictest. */
export const leakPolicies = ['notify', 'quarantine', 'rotate', 'revoke'] as const;
export type LeakPolicy = (typeof leakPolicies)[number];

/** What happens when a client asks for a token while it has live ones. */
export type TokenReuse = 'fresh' | 'reuse' | 'limited';

/** A customer of the platform: it owns clients, and everything it owns is its own. `customer` on the wire. */
@Entity()
@Index('organization_page', ['createdAt', 'id'])
@Unique('organization_customer_id_taken', ['customerId'])
@Check(
  'organization_token_reuse_known',
  `token_reuse = any (array['fresh'::text, 'reuse'::text, 'limited'::text])`,
)
export class Organization {
  @PrimaryColumn('uuid')
  id: string;

  /** The public key: `ABC`. */
  @Column('text')
  customerId: string;

  @Column('text')
  name: string;

  @Column({ type: 'text', nullable: true })
  description: string | null;

  /** False: none of its clients gets or can use a token. */
  @Column('boolean')
  enabled: boolean;

  @Column('jsonb')
  settings: OrganizationSettings;

  @Column({ type: 'text', nullable: true })
  jwtVersion: string | null;

  @Column('text')
  tokenReuse: TokenReuse;

  @Column({ type: 'integer', nullable: true })
  maxActiveTokens: number | null;

  /** Goes up to make every token of the organization invalid at once. */
  @Column('integer')
  tokenGeneration: number;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}

/** Names an organization where its row is not needed. */
export interface OrganizationRef {
  readonly id: string;
  readonly customerId: string;
}

/**
 * Locks the organization for the rest of the transaction against every writer of its roles, tenants and clients.
 *
 * @throws DomainError `not_found`
 */
export async function lockOrganization(
  manager: EntityManager,
  { id }: OrganizationRef,
): Promise<Organization> {
  const organization = await manager.findOne(Organization, {
    where: { id },
    lock: { mode: 'pessimistic_write' },
  });
  if (!organization) throw notFound('customer');
  return organization;
}
