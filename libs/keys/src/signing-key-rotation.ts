import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Principal } from '#libs/access';
import { Clock, DomainError, Repetition, Settings } from '#libs/common';
import { Transactions } from '#libs/database';
import { signingAlgorithms } from './signing-algorithm.js';
import type { SigningKey } from './signing-key.entity.js';
import { SigningKeys } from './signing-keys.service.js';

const everyMs = 60_000;
const dayMs = 86_400_000;
const lockName = 'clientele signing key rotation';

/**
 * Takes the steps of a rotation when their time has come, by one of the instances at a time: a key that has signed for
 * SIGNING_KEY_ROTATION_DAYS is followed by another one. What is due is read from the keys themselves, so that steps
 * that nobody took while no server ran are taken later, and an operator's steps count as well.
 */
@Injectable()
export class SigningKeyRotation implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(SigningKeyRotation.name);
  private readonly caller = Principal.system('system');
  private readonly repetition = new Repetition(
    () => this.runOnce(),
    (error) => this.logger.warn(`The signing keys are rotated later: ${error.message}`),
  );

  constructor(
    private readonly keys: SigningKeys,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.signingKeyRotationDays === 0) return;
    this.repetition.start(everyMs);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.repetition.stop();
  }

  /** Takes every step that is due, unless another instance is at it: all of them, or after a failure none. */
  async runOnce(): Promise<void> {
    await this.transactions.run('platform', async ({ manager }) => {
      const [lock] = await manager.query('select pg_try_advisory_xact_lock(hashtext($1)) as taken', [
        lockName,
      ]);
      if (!lock.taken) return;
      const keys = await this.keys.list(this.caller);
      for (const alg of signingAlgorithms) await this.rotate(keys.filter((key) => key.alg === alg));
    });
  }

  /** @param keys of one algorithm, the oldest first */
  private async rotate(keys: readonly SigningKey[]): Promise<void> {
    const now = this.clock.now();
    for (const { kid, state, retirableAt } of keys)
      if (state === 'retiring' && retirableAt && retirableAt <= now) await this.keys.retire(this.caller, kid);
    const pending = keys.filter(({ state }) => state === 'pending');
    const ready = pending.filter(({ activatableAt }) => activatableAt <= now);
    const next = ready.pop();
    if (next) await this.activate(next);
    // Those that were announced before the one that signs now will never sign.
    for (const { kid } of ready) await this.keys.retire(this.caller, kid);
    const alg = keys[0]?.alg;
    if (alg && pending.length === 0 && keys.some((key) => this.isDue(key, now)))
      await this.keys.announce(this.caller, alg);
  }

  private async activate({ kid }: SigningKey): Promise<void> {
    try {
      await this.keys.activate(this.caller, kid);
    } catch (error) {
      // A damaged key must not keep the others from their turn; the next run announces another one.
      if (!(error instanceof DomainError)) throw error;
      this.logger.error(`The signing key ${kid} is given up: ${error.message}`);
      await this.keys.retire(this.caller, kid);
    }
  }

  /** Announced so much earlier, its successor signs on time. */
  private isDue({ state, activatedAt }: SigningKey, now: Date): boolean {
    const { signingKeyRotationDays, signingKeyAnnounceSeconds } = this.settings;
    if (state !== 'active' || activatedAt === null) return false;
    const signsForMs = Math.max(0, signingKeyRotationDays * dayMs - signingKeyAnnounceSeconds * 1000);
    return activatedAt.getTime() + signsForMs <= now.getTime();
  }
}
