import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The head of an organization's chain of audit events; its row lock puts parallel writers in a line. */
@Entity()
@Index('audit_chain_unsealed', { synchronize: false })
export class AuditChain {
  @PrimaryColumn('uuid')
  organizationId: string;

  @Column('bigint')
  sequence: string;

  @Column('bytea')
  hash: Buffer;

  /** Up to where it needs no sealing: tells which chains to look at, and proves nothing. */
  @Column('bigint', { default: 0 })
  sealedSequence: string;
}

/** The chain of what concerns the whole server and no single organization. */
export const serverChain = '00000000-0000-0000-0000-000000000000';
