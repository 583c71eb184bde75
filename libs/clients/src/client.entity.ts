import {
  Check,
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  type Relation,
  Unique,
} from 'typeorm';
import { type RoleGrants, roleApi } from '#libs/access';
import type { AllowedNetworks } from '#libs/common';
import { Organization, Setup, type TokenQuota } from '#libs/organizations';

export type ClientType = 'confidential' | 'public';

/** What the authorization endpoint will ask of a client (RFC 7591 §2 and its kin). */
export interface AuthorizationSettings {
  responseTypes?: string[];
  pkceMode?: string;
  requirePushedAuthorizationRequests?: boolean;
  forceReauthentication?: boolean;
  idTokenTtlSeconds?: number;
  persistedConsentTtlSeconds?: number;
  idTokenSignedResponseAlg?: string;
  idTokenEncryptedResponseAlg?: string;
  idTokenEncryptedResponseEnc?: string;
  jwks?: object;
  jwksUri?: string;
}

/** Fields that mean nothing to us, by the surface that gives them back. */
export type ClientAttributes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A machine of an organization: one entity for all HTTP surfaces. */
@Entity()
@Unique('client_client_id_taken', ['clientId'])
@Check('client_type_known', `type = any (array['confidential'::text, 'public'::text])`)
@Index('client_administrators', { synchronize: false })
@Index('client_owner', ['ownerRowId'])
@Index('client_of_setup', ['setupId'])
@Index('client_page', ['organizationId', 'createdAt', 'id'])
export class Client {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'client_organization' })
  organization?: Relation<Organization>;

  /** The setup whose defaults and scopes it has; null: none. */
  @Column({ type: 'uuid', nullable: true })
  setupId: string | null;

  @ManyToOne(() => Setup, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn({ name: 'setup_id', foreignKeyConstraintName: 'client_setup' })
  setup?: Relation<Setup>;

  /** The public identifier, unique over all organizations (RFC 6749 §2.2). */
  @Column('text')
  clientId: string;

  @Column({ type: 'text', nullable: true })
  name: string | null;

  @Column({ type: 'text', nullable: true })
  description: string | null;

  @Column({ type: 'text', nullable: true })
  email: string | null;

  /** False: it gets no token, and those it has are dead. */
  @Column('boolean')
  enabled: boolean;

  @Column('text', { array: true })
  grantTypes: string[];

  /** Whether it named none, and so has those of its setup. */
  @Column('boolean')
  inheritsGrantTypes: boolean;

  /** A public client has no secret, and so can't ask for tokens by itself (RFC 6749 §2.1, §4.4). */
  @Column('text')
  type: ClientType;

  /** Whether it may get refresh tokens, once there is a grant that gives some. */
  @Column('boolean')
  offlineAccess: boolean;

  /** How it may prove itself at the token endpoint (RFC 7591 §2, token_endpoint_auth_method). */
  @Column('text', { array: true })
  authenticationMethods: string[];

  @Column('jsonb')
  roles: RoleGrants;

  /** Whether ROLE_API is added to its roles. */
  @Column('boolean')
  defaultRolesAssignment: boolean;

  /** The scopes that it may request; with none requested it gets them all. */
  @Column('text', { array: true })
  scopes: string[];

  /** Whether each of its scopes counts only as far as its owner has it too. */
  @Column('boolean')
  scopesBoundByOwner: boolean;

  /**
   * The client that created it: scopes that entitle on our own surfaces never give more than this one may do. Null:
   * made by the server's command line. Not a foreign key, for an owner that is gone must not look like none.
   */
  @Column({ type: 'uuid', nullable: true })
  ownerRowId: string | null;

  /**
   * The scopes of the token by which the owner made it: what it draws from its owner, it draws within these. Who was
   * let in with a narrow token gets no more by way of a client of his own making.
   */
  @Column('text', { array: true })
  ownerScopes: string[];

  @Column('text', { array: true })
  authorities: string[];

  /** The resources its tokens are for; empty: this server. */
  @Column('text', { array: true })
  audiences: string[];

  @Column('text', { array: true })
  redirectUris: string[];

  @Column({ type: 'integer', nullable: true })
  accessTokenTtlSeconds: number | null;

  @Column({ type: 'integer', nullable: true })
  refreshTokenTtlSeconds: number | null;

  /** Null: its organization's for each client, if any. */
  @Column({ type: 'jsonb', nullable: true })
  tokenQuota: TokenQuota | null;

  /** Settings for the authorization endpoint: kept and checked now, in force when that endpoint is there. */
  @Column('jsonb')
  authorization: AuthorizationSettings;

  /** From where it may prove itself; null: from everywhere that its organization allows. */
  @Column({ type: 'jsonb', nullable: true })
  allowedNetworks: AllowedNetworks | null;

  /** What a surface only gives back, under that surface's name. */
  @Column('jsonb')
  attributes: ClientAttributes;

  /** Goes up to make every token of the client invalid at once. */
  @Column('integer')
  tokenGeneration: number;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}

/** The roles that count: the granted ones, and ROLE_API when it is assigned by default. */
export function effectiveRoles(client: Pick<Client, 'roles' | 'defaultRolesAssignment'>): RoleGrants {
  if (!client.defaultRolesAssignment || client.roles[roleApi]) return client.roles;
  return { ...client.roles, [roleApi]: [] };
}
