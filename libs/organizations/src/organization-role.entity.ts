import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation, Unique } from 'typeorm';
import type { Permission } from '#libs/access';
import { Organization } from './organization.entity.js';

/** A role that an organization made for itself: a name for a set of permissions. */
@Entity()
@Index('organization_role_page', ['organizationId', 'createdAt', 'id'])
@Unique('organization_role_name_taken', ['organizationId', 'nameKey'])
export class OrganizationRole {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'organization_role_organization' })
  organization?: Relation<Organization>;

  @Column('text')
  name: string;

  /** The name in upper case: two roles may not differ in case alone. */
  @Column('text')
  nameKey: string;

  @Column('jsonb')
  permissions: readonly Permission[];

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}
