import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation, Unique } from 'typeorm';
import { type RoleGrants, roleApi } from '#libs/access';
import { Organization } from '#libs/organizations';

/** A machine of an organization: one entity for all HTTP surfaces. */
@Entity()
@Unique('client_client_id_taken', ['clientId'])
@Index('client_page', ['organizationId', 'createdAt', 'id'])
export class Client {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'client_organization' })
  organization?: Relation<Organization>;

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

  /** What a surface only gives back, under that surface's name. */
  @Column('jsonb')
  attributes: object;

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
