import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { type MetadataEntry, type ScopePolicies, Setup } from './setup.entity.js';

/** A scope that a resource server knows. */
export interface DeclaredScope {
  readonly name: string;
  readonly description: string | null;
}

/** A service whose scopes the clients of a setup may request. */
@Entity()
@Index('resource_server_page', { synchronize: false })
export class ResourceServer {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid')
  organizationId: string;

  @Column('uuid')
  setupId: string;

  @ManyToOne(() => Setup, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'setup_id', foreignKeyConstraintName: 'resource_server_setup' })
  setup?: Relation<Setup>;

  @Column('text')
  name: string;

  @Column({ type: 'text', nullable: true })
  owner: string | null;

  @Column({ type: 'text', nullable: true })
  comment: string | null;

  @Column('jsonb')
  metadata: readonly MetadataEntry[];

  @Column('jsonb')
  scopes: readonly DeclaredScope[];

  @Column('jsonb')
  scopePolicies: ScopePolicies;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}
