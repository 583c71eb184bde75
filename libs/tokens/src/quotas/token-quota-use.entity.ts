import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What all instances together counted against a quota in one window of time; kept while it still counts. */
@Entity()
@Index('token_quota_use_kept', ['keptUntil'])
export class TokenQuotaUse {
  /** Whose quota, and the length of its window: `client:<row id>/60`. */
  @PrimaryColumn('text')
  subject: string;

  /** The number of the window since the epoch. */
  @PrimaryColumn('bigint')
  windowNumber: string;

  @Column('integer')
  count: number;

  @Column({ type: 'timestamptz', precision: 3 })
  keptUntil: Date;
}
