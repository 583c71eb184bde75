import { Injectable } from '@nestjs/common';
import { Sealer } from '#libs/common';
import { PlatformDataSource } from '#libs/database';

/** How many values of one kind are sealed under one master key. */
export interface SealedCount {
  readonly kind: string;
  /** The name of the master key, which tells nothing about it. */
  readonly masterKeyId: string;
  readonly count: number;
}

/** One kind of values that are sealed, and where they stand. */
interface SealedKind {
  readonly kind: string;
  readonly table: string;
  readonly column: string;
  readonly condition: string;
}

/** Those that a rewrap seals anew, and those that end by themselves. */
const kinds: readonly SealedKind[] = [
  {
    kind: 'signing_key',
    table: 'signing_key',
    column: 'sealed_private_key',
    condition: `state <> 'retired'`,
  },
  { kind: 'audit_key', table: 'audit_key', column: 'sealed_private_key', condition: 'true' },
  { kind: 'webhook_secret', table: 'webhook_endpoint', column: 'sealed_secret', condition: 'true' },
  {
    kind: 'webhook_secret',
    table: 'webhook_endpoint',
    column: 'sealed_old_secret',
    condition: 'sealed_old_secret is not null',
  },
  {
    kind: 'access_token',
    table: 'active_token',
    column: 'sealed_token',
    condition: 'sealed_token is not null and expires_at > now()',
  },
  {
    kind: 'repeatable_answer',
    table: 'idempotency_key',
    column: 'sealed_answer',
    condition: 'sealed_answer is not null',
  },
];

/** Tells the operator which values hang on which master key, and so when one can be taken away. */
@Injectable()
export class SealedValues {
  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly sealer: Sealer,
  ) {}

  /** The names of the master keys that this process has, the current one first. */
  get masterKeyIds(): readonly string[] {
    return this.sealer.keyIds;
  }

  /** Counts all of them by kind and key. Reads whole tables: for an operator who asks, not for every scrape. */
  async countAll(): Promise<SealedCount[]> {
    const parts = kinds.map(
      ({ kind, table, column, condition }) =>
        `select '${kind}' as kind, ${keyIdIn(column)} as key from ${table} where ${condition}`,
    );
    return this.dataSource.query<SealedCount[]>(
      `select kind, key as "masterKeyId", count(*)::integer as count
       from (${parts.join(' union all ')}) sealed group by kind, key order by kind, key`,
    );
  }
}

function keyIdIn(column: string): string {
  return `split_part(${column}, '.', 2)`;
}
