import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/**
 * One line of the change feed: what every instance must forget. `transactionId` is the writing transaction, by
 * which readers tell what they may still have to come (sequence order is not commit order).
 */
@Entity()
@Index('change_record_created', ['createdAt'])
@Index('change_transaction_id', ['transactionId'])
export class ChangeRecord {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id: string;

  @Column('bigint')
  transactionId: string;

  @Column('text')
  topic: string;

  @Column('text')
  key: string;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt: Date;
}
