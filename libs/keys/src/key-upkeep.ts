import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Principal } from '#libs/access';
import { Clock, Repetition, Sealer } from '#libs/common';
import { oneAtATime, PlatformDataSource } from '#libs/database';
import { KeyRewrapper } from './key-rewrapper.js';
import { KeyUses } from './key-uses.js';

const everyMs = 60_000;
const countEveryMs = 3_600_000;
const lockName = 'clientele key upkeep';

/**
 * Seals anew what is not under the first master key, and counts what needs which key, by one of the instances at a
 * time. So after a start with `MASTER_KEY=new,old` nothing is left to do by hand but to take the old one away.
 */
@Injectable()
export class KeyUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(KeyUpkeep.name);
  private readonly caller = Principal.system('system');
  private readonly startedAt = this.clock.now();
  private isStopping = false;
  private readonly repetition = new Repetition(
    () => this.runOnce(),
    (error) => this.logger.warn(`What is sealed under an older master key waits: ${error.message}`),
  );

  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly rewrapper: KeyRewrapper,
    private readonly uses: KeyUses,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.repetition.start(everyMs);
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    await this.repetition.stop();
  }

  /** Does what is due, unless another instance is at it. @throws SealError when a value can't be opened */
  async runOnce(): Promise<void> {
    await oneAtATime(this.dataSource, lockName, async () => {
      let rewrapped = 0;
      try {
        rewrapped = await this.rewrap();
      } finally {
        if (rewrapped > 0 || (await this.isCountDue())) await this.uses.count();
      }
    });
  }

  private async rewrap(): Promise<number> {
    if (!(await this.mayRewrap())) return 0;
    const count = await this.rewrapper.rewrapAll(this.caller, () => this.isStopping);
    if (count > 0)
      this.logger.log(`Sealed ${count} keys anew under the master key ${this.sealer.currentKeyId}.`);
    return count;
  }

  /**
   * Only a server whose first master key is the newest one seals anew: while the others still have the one before it in
   * its place, they would else undo each other's work.
   */
  private async mayRewrap(): Promise<boolean> {
    const { currentKeyId, keyIds } = this.sealer;
    await this.dataSource.query(
      'insert into master_key (id, first_used_at) values ($1, $2) on conflict do nothing',
      [currentKeyId, this.clock.now()],
    );
    if (keyIds.length === 1) return false;
    const [newest] = await this.dataSource.query<{ id: string }[]>(
      'select id from master_key order by first_used_at desc limit 1',
    );
    return newest?.id === currentKeyId;
  }

  /** A start may be about new keys, so each counts once, unless another instance has done so since. */
  private async isCountDue(): Promise<boolean> {
    const [use] = await this.uses.list();
    if (!use || use.countedAt < this.startedAt) return true;
    return use.countedAt.getTime() + countEveryMs <= this.clock.nowMs();
  }
}
