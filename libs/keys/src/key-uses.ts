import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/common';
import { PepperCensus } from '#libs/credentials';
import { Transactions } from '#libs/database';
import { KeyUse } from './key-use.entity.js';
import { SealedValues } from './sealed-values.js';

/** What hangs on which master key and pepper, for figures that are asked for often and change seldom. */
@Injectable()
export class KeyUses {
  constructor(
    private readonly transactions: Transactions,
    private readonly sealedValues: SealedValues,
    private readonly peppers: PepperCensus,
    private readonly clock: Clock,
  ) {}

  /** Counts everything and writes it down for all instances. Reads whole tables, a million rows in about a second. */
  async count(): Promise<void> {
    const [sealed, secrets] = await Promise.all([this.sealedValues.countAll(), this.peppers.countAll()]);
    const countedAt = this.clock.now();
    const uses: KeyUse[] = [
      ...sealed.map(({ kind, masterKeyId: keyId, count }) => ({ kind, keyId, count, countedAt })),
      ...secrets.map(({ pepperId: keyId, count }) => ({ kind: 'secret', keyId, count, countedAt })),
    ];
    await this.transactions.run('platform', async ({ manager }) => {
      await manager.query('delete from key_use');
      await manager.insert(KeyUse, uses);
    });
  }

  /** What was counted last, by whichever instance; nothing before the first time. */
  async list(): Promise<KeyUse[]> {
    return this.transactions.read('platform', (manager) => manager.find(KeyUse));
  }

  /** Whether a key is the first of its kind here, one behind it, or not given. */
  stateOf({ kind, keyId }: KeyUse): 'current' | 'old' | 'missing' {
    const given = kind === 'secret' ? this.peppers.pepperIds : this.sealedValues.masterKeyIds;
    if (keyId === given[0]) return 'current';
    return given.includes(keyId) ? 'old' : 'missing';
  }
}
