import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation, Unique } from 'typeorm';
import { Organization } from './organization.entity.js';

/** A data environment of an organization: a plain id that grants and tokens refer to. */
@Entity()
@Index('tenant_page', ['organizationId', 'createdAt', 'id'])
@Unique('tenant_id_taken', ['organizationId', 'tenantId'])
export class Tenant {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'tenant_organization' })
  organization?: Relation<Organization>;

  @Column('text')
  tenantId: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
