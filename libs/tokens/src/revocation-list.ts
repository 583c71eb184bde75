import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '#libs/common';
import { ChangeFeed, Housekeeping, type Transaction, Transactions } from '#libs/database';
import { RevokedToken } from './revoked-token.entity.js';

const topic = 'revoked_token';

interface RevokedRow {
  readonly jti: string;
  readonly endsAtSeconds: number;
}

const openCursor = `
  declare revoked no scroll cursor for
  select jti, extract(epoch from expires_at)::float8 as "endsAtSeconds" from revoked_token where expires_at > $1`;
const fetchSome = 'fetch 5000 from revoked';

/** The single tokens that were revoked: all that have not expired, in memory, on every instance. */
@Injectable()
export class RevocationList implements OnModuleInit {
  private readonly endsAtSeconds = new Map<string, number>();
  private sweepAtSeconds = 0;

  constructor(
    private readonly transactions: Transactions,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    housekeeping: Housekeeping,
  ) {
    housekeeping.deleteWhere('revoked_token', 'expires_at < now()');
  }

  async onModuleInit(): Promise<void> {
    this.feed.subscribe(topic, (key) => {
      const [jti = '', endsAt = '0'] = key.split(' ');
      this.remember(jti, Number(endsAt));
    });
    this.feed.onGap(() => this.load());
    await this.feed.start();
    await this.load();
  }

  has(jti: string): boolean {
    return this.endsAtSeconds.has(jti);
  }

  /** Adds a token as part of a transaction; false when it was there already. */
  async add(
    transaction: Transaction,
    token: { jti: string; organizationId: string; expiresAtSeconds: number },
  ): Promise<boolean> {
    const { raw } = await transaction.manager
      .createQueryBuilder()
      .insert()
      .into(RevokedToken)
      .values({
        jti: token.jti,
        organizationId: token.organizationId,
        expiresAt: new Date(token.expiresAtSeconds * 1000),
      })
      .orIgnore()
      .returning('jti')
      .execute();
    transaction.announce(topic, `${token.jti} ${token.expiresAtSeconds}`);
    return raw.length > 0;
  }

  /** Some after the others: all of them at once took some 500 bytes each. */
  private async load(): Promise<void> {
    await this.transactions.read('platform', async (manager) => {
      await manager.query(openCursor, [this.clock.now()]);
      let some: RevokedRow[];
      do {
        some = await manager.query(fetchSome);
        for (const { jti, endsAtSeconds } of some) this.remember(jti, endsAtSeconds);
      } while (some.length > 0);
    });
  }

  private remember(jti: string, endsAtSeconds: number): void {
    this.endsAtSeconds.set(jti, endsAtSeconds);
    this.sweep();
  }

  /** Once a minute at most, forgets those that have expired by themselves. */
  private sweep(): void {
    const now = this.clock.nowSeconds();
    if (now < this.sweepAtSeconds) return;
    this.sweepAtSeconds = now + 60;
    for (const [jti, endsAt] of this.endsAtSeconds) if (endsAt <= now) this.endsAtSeconds.delete(jti);
  }
}
