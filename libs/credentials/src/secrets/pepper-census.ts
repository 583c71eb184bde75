import { Injectable } from '@nestjs/common';
import { PlatformDataSource } from '#libs/database';
import { SecretHasher } from './secret-hasher.js';

/** How many secrets that still work were hashed under one pepper. */
export interface PepperCount {
  /** The name of the pepper, which tells nothing about it. */
  readonly pepperId: string;
  readonly count: number;
}

const pepperOfHash = `split_part(hash, '$', 2)`;
const stillWorks = `revoked_at is null and hash is not null
  and (expires_at is null or expires_at > now()) and (retires_at is null or retires_at > now())`;

/** Tells the operator how many secrets hang on which pepper, and so when one can be taken away. */
@Injectable()
export class PepperCensus {
  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly hasher: SecretHasher,
  ) {}

  /** The names of the peppers that this process has, the current one first. */
  get pepperIds(): readonly string[] {
    return this.hasher.pepperIds;
  }

  /** Counts all secrets by pepper. Reads the whole table: for an operator who asks, not for every scrape. */
  async countAll(): Promise<PepperCount[]> {
    return this.dataSource.query<PepperCount[]>(
      `select ${pepperOfHash} as "pepperId", count(*)::integer as count from credential
       where ${stillWorks} group by 1 order by 1`,
    );
  }
}
