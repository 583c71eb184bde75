import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Organization } from './organization.entity.js';

/** A note for people, in one of several languages (RFC 5646). */
export interface MetadataEntry {
  readonly name: string;
  readonly locale: string | null;
  readonly value: string;
}

/** What the clients of a setup have where they say nothing of their own. */
export interface ClientDefaults {
  readonly forceReauthentication: boolean;
  readonly accessTokenTtlSeconds: number;
  readonly refreshTokenTtlSeconds: number;
  readonly idTokenTtlSeconds: number;
  readonly persistedConsentTtlSeconds: number;
  /** Empty: the usual one, authorization_code (RFC 7591 §2). */
  readonly grantTypes: readonly string[];
}

/** The defaults of a setup that says nothing of its own. */
export const usualClientDefaults: ClientDefaults = {
  forceReauthentication: false,
  accessTokenTtlSeconds: 3_600,
  refreshTokenTtlSeconds: 15_552_000,
  idTokenTtlSeconds: 3_600,
  persistedConsentTtlSeconds: 31_104_000,
  grantTypes: [],
};

/** How a scope may be given, by flow; kept now, in force when there are flows that ask for consent. */
export type ScopePolicies = Readonly<Record<string, string>>;

/** The policies of a setup that says nothing of its own. */
export const usualScopePolicies: ScopePolicies = { scope_policy_authorization_code: 'consent_required' };

/** A named configuration of the authorization server within one organization: its clients, their defaults, its scopes. */
@Entity()
@Index('setup_of_organization', ['organizationId', 'createdAt', 'id'])
@Index('setup_one_default', { synchronize: false })
export class Setup {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'setup_organization' })
  organization?: Relation<Organization>;

  /** The setup that shows the clients which were made without one: an organization has one at most. */
  @Column('boolean')
  isDefault: boolean;

  @Column('text')
  name: string;

  @Column({ type: 'text', nullable: true })
  owner: string | null;

  @Column({ type: 'text', nullable: true })
  comment: string | null;

  @Column('jsonb')
  metadata: readonly MetadataEntry[];

  @Column('jsonb')
  clientDefaults: ClientDefaults;

  @Column('jsonb')
  resourceServerDefaults: ScopePolicies;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}

/** What of a setup has a history. */
export type SetupState = Pick<
  Setup,
  'name' | 'owner' | 'comment' | 'metadata' | 'clientDefaults' | 'resourceServerDefaults'
>;

/** The grant types of a client that names none; a public client can't ask for tokens by itself (RFC 6749 §4.4). */
export function grantTypesFor(type: 'confidential' | 'public', defaults: ClientDefaults): string[] {
  const possible = defaults.grantTypes.filter(
    (one) => type === 'confidential' || one !== 'client_credentials',
  );
  const usable = possible.includes('authorization_code')
    ? possible
    : possible.filter((one) => one !== 'refresh_token');
  return usable.length > 0 ? usable : ['authorization_code'];
}
