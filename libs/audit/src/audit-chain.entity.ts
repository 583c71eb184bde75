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

/** The chain of what concerns the whole server and no single organization. */
export const serverChain = '00000000-0000-0000-0000-000000000000';
