import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How many values of one kind needed one master key or one pepper when they were counted last. */
@Entity()
export class KeyUse {
  /** `secret` hangs on a pepper, everything else on a master key. */
  @PrimaryColumn('text')
  kind: string;

  /** The name of the key, which tells nothing about it. */
  @PrimaryColumn('text')
  keyId: string;

  @Column('integer')
  count: number;

  @Column({ type: 'timestamptz', precision: 3 })
  countedAt: Date;
}
