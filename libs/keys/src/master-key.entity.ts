import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A master key that some server had as its first one, by the name that tells nothing about it. */
@Entity()
export class MasterKey {
  @PrimaryColumn('text')
  id: string;

  @Column({ type: 'timestamptz', precision: 3 })
  firstUsedAt: Date;
}
