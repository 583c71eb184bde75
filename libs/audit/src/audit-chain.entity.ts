import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The head of an organization's chain of audit events; its row lock puts parallel writers in a line. */
@Entity()
export class AuditChain {
  @PrimaryColumn('uuid')
  organizationId: string;

  @Column('bigint')
  sequence: string;

  @Column('bytea')
  hash: Buffer;
}
