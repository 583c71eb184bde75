import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { type EntityManager, In, IsNull, LessThan } from 'typeorm';
import { Principal } from '#libs/access';
import { AuditLog, serverChain } from '#libs/audit';
import { Clock, conflict, invalid, notFound, Sealer, Settings, unavailable } from '#libs/common';
import { ChangeFeed, type Transaction, Transactions } from '#libs/database';
import {
  type ActiveKey,
  KeySet,
  openKey,
  type PublishedKeys,
  sealPurpose,
  type VerificationKey,
} from './key-set.js';
import {
  generateKeysFor,
  isSigningAlgorithm,
  type SigningAlgorithm,
  signingAlgorithms,
} from './signing-algorithm.js';
import { SigningKey, type SigningKeyState } from './signing-key.entity.js';

const topic = 'signing_keys';
const retryReloadAfterMs = 1_000;
/** How much later than this one another instance may learn of an activation, while it reaches the database. */
const feedDelaySeconds = 5;

/**
 * The keys that sign tokens: in memory for those who sign, verify and publish, and their staged rotation for the
 * operator: announce, activate, retire. A key is published long enough before it signs for every cached JWKS to know
 * it, and until the last token that it signed has ended (OpenID Connect Core §10.1.1).
 */
@Injectable()
export class SigningKeys implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(SigningKeys.name);
  private keySet: KeySet | undefined;
  private reloading: Promise<void> = Promise.resolve();
  private retry: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly transactions: Transactions,
    private readonly feed: ChangeFeed,
    private readonly sealer: Sealer,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /** Loads the keys, and makes the first ones of a new server. @throws SealError when a key can't be opened */
  async onModuleInit(): Promise<void> {
    this.feed.subscribe(topic, () => void this.reloadUntilDone());
    this.feed.onGap(() => this.reloadUntilDone());
    await this.feed.start();
    await this.makeFirstKeys();
    await this.noteLongestTokens();
    await this.reload();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retry);
    await this.reloading;
  }

  /** The key that signs with the algorithm. @throws DomainError `unavailable` when there is none */
  getActive(alg: SigningAlgorithm): ActiveKey {
    const key = this.keySet?.findActive(alg);
    if (!key) throw unavailable(`The server has no active signing key for ${alg}.`, 5);
    return key;
  }

  /** @throws Error when there is no active key, or one of them does not open here: others may be able to sign with it */
  mustBeAbleToSign(): void {
    if (!this.keySet?.canSign) throw new Error('An active signing key is missing or cannot be opened.');
  }

  /** The published key of that kid, or undefined. */
  findForVerification(kid: string): VerificationKey | undefined {
    return this.keySet?.findForVerification(kid);
  }

  /** The key set for `/.well-known/jwks.json` (RFC 7517 §5). */
  get published(): PublishedKeys {
    if (!this.keySet) throw unavailable('The signing keys are not loaded yet.', 1);
    return this.keySet.published;
  }

  /** All keys, the oldest first; retired ones included. */
  async list(_caller: Principal): Promise<SigningKey[]> {
    return this.transactions.read('platform', (manager) =>
      manager.find(SigningKey, { order: { createdAt: 'ASC', kid: 'ASC' } }),
    );
  }

  /** Makes a new key and publishes it; it may sign when every cached JWKS knows it. */
  async announce(caller: Principal, alg: string): Promise<SigningKey> {
    if (!isSigningAlgorithm(alg)) {
      const message = `must be one of ${signingAlgorithms.join(', ')}`;
      throw invalid('The algorithm is not supported.', [{ path: 'alg', message }]);
    }
    const key = await this.makeKey(alg, 'pending', this.settings.signingKeyAnnounceSeconds);
    await this.change(async (transaction) => {
      await transaction.manager.insert(SigningKey, key as object);
      await this.record(transaction, caller, key, 'signing_key.announced');
    });
    return key;
  }

  /**
   * Has an announced key sign from now on; the one before it goes on verifying.
   *
   * @throws DomainError `not_found`, or `conflict` when it is not pending, was announced too recently, or is damaged
   */
  async activate(caller: Principal, kid: string): Promise<SigningKey> {
    return this.change(async (transaction) => {
      const { manager } = transaction;
      const key = await getKey(manager, kid);
      const now = this.clock.now();
      mustBe(key, 'pending');
      if (key.activatableAt > now) {
        const seconds = Math.ceil((key.activatableAt.getTime() - now.getTime()) / 1000);
        throw conflict(
          `The key was announced too recently; it can be activated in ${seconds} s.`,
          'key_too_young',
        );
      }
      this.mustOpen(key);
      const before = await manager.findOneBy(SigningKey, { alg: key.alg, state: 'active' });
      if (before) {
        const retirableAt = this.endOfTokensOf(before, now);
        await manager.update(SigningKey, { kid: before.kid }, { state: 'retiring', retirableAt });
      }
      await manager.update(SigningKey, { kid }, { state: 'active', activatedAt: now });
      await this.record(transaction, caller, key, 'signing_key.activated');
      return { ...key, state: 'active' as const, activatedAt: now };
    });
  }

  /**
   * Takes a key out of the JWKS when no token that it signed can be alive, or an announced one that never signed.
   *
   * @throws DomainError `not_found`, or `conflict` when it is active or tokens of it may be alive
   */
  async retire(caller: Principal, kid: string): Promise<SigningKey> {
    return this.change(async (transaction) => {
      const key = await getKey(transaction.manager, kid);
      const now = this.clock.now();
      if (key.state !== 'pending') mustBe(key, 'retiring');
      if (key.retirableAt && key.retirableAt > now) {
        throw conflict(`Tokens of this key may live until ${key.retirableAt.toISOString()}.`, 'key_in_use');
      }
      await transaction.manager.update(SigningKey, { kid }, { state: 'retired', retiredAt: now });
      await this.record(transaction, caller, key, 'signing_key.retired');
      return { ...key, state: 'retired' as const, retiredAt: now };
    });
  }

  /** A key that does not open would leave no instance with a key to sign with. */
  private mustOpen(key: SigningKey): void {
    try {
      openKey(key, this.sealer);
    } catch (error) {
      this.logger.error(error);
      throw conflict('The stored key is damaged; retire it and announce another one.', 'key_damaged');
    }
  }

  /** An instance that is cut off from the database goes on signing with the key before for as long as the grace. */
  private endOfTokensOf({ longestTokenTtlSeconds }: SigningKey, nextActivation: Date): Date {
    const { maxAccessTokenTtlSeconds, databaseOutageGraceSeconds } = this.settings;
    const longestSeconds = Math.max(maxAccessTokenTtlSeconds, longestTokenTtlSeconds ?? 0);
    const seconds = databaseOutageGraceSeconds + feedDelaySeconds + longestSeconds;
    return new Date(nextActivation.getTime() + seconds * 1000);
  }

  /** So that a key outlives its tokens although ACCESS_TOKEN_MAX_TTL_SECONDS is lowered before it is followed by another. */
  private async noteLongestTokens(): Promise<void> {
    const longestTokenTtlSeconds = this.settings.maxAccessTokenTtlSeconds;
    const mayStillSign = { state: In<SigningKeyState>(['pending', 'active']) };
    const shorter = [
      { ...mayStillSign, longestTokenTtlSeconds: LessThan(longestTokenTtlSeconds) },
      { ...mayStillSign, longestTokenTtlSeconds: IsNull() },
    ];
    const any = await this.transactions.read('platform', (manager) => manager.countBy(SigningKey, shorter));
    if (any === 0) return;
    await this.transactions.run('platform', ({ manager }) =>
      manager.update(SigningKey, shorter, { longestTokenTtlSeconds }),
    );
  }

  private async makeFirstKeys(): Promise<void> {
    const any = await this.transactions.read('platform', (manager) => manager.count(SigningKey));
    if (any > 0) return;
    const keys = await Promise.all(signingAlgorithms.map((alg) => this.makeKey(alg, 'active', 0)));
    await this.change(async (transaction) => {
      if ((await transaction.manager.count(SigningKey)) > 0) return;
      await transaction.manager.insert(SigningKey, keys as object[]);
      for (const key of keys)
        await this.record(transaction, Principal.system('system'), key, 'signing_key.created');
    });
  }

  private async makeKey(
    alg: SigningAlgorithm,
    state: SigningKeyState,
    announceSeconds: number,
  ): Promise<SigningKey> {
    const { publicKey, privateKey } = await generateKeysFor(alg);
    const publicJwk = publicKey.export({ format: 'jwk' });
    const kid = await calculateJwkThumbprint(publicJwk as JWK);
    const createdAt = this.clock.now();
    return {
      kid,
      alg,
      state,
      publicJwk,
      sealedPrivateKey: this.sealer.seal(
        sealPurpose,
        kid,
        privateKey.export({ format: 'der', type: 'pkcs8' }),
      ),
      createdAt,
      activatableAt: new Date(createdAt.getTime() + announceSeconds * 1000),
      activatedAt: state === 'active' ? createdAt : null,
      longestTokenTtlSeconds: this.settings.maxAccessTokenTtlSeconds,
      retirableAt: null,
      retiredAt: null,
    };
  }

  /** One change of keys at a time, on all instances: there is never a moment with two active keys of one kind. */
  private async change<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const result = await this.transactions.run('platform', async (transaction) => {
      await transaction.manager.query(`select pg_advisory_xact_lock(hashtext('clientele signing keys'))`);
      transaction.announce(topic, '');
      return work(transaction);
    });
    // The feed has begun to reload them here. That it fails would not undo the change, and is tried again.
    await this.reloading;
    return result;
  }

  /** Reads the keys; one reading after the other, so that an older state never replaces a newer one. */
  private reload(): Promise<void> {
    const loaded = this.reloading.then(() => this.load());
    this.reloading = loaded.catch(() => undefined);
    return loaded;
  }

  private async load(): Promise<void> {
    const keys = await this.transactions.read('platform', (manager) =>
      manager.find(SigningKey, {
        where: { state: In(['pending', 'active', 'retiring']) },
        order: { createdAt: 'ASC', kid: 'ASC' },
      }),
    );
    this.keySet = new KeySet(keys, this.sealer, this.keySet);
    for (const complaint of this.keySet.complaints) this.logger.error(complaint);
  }

  private async reloadUntilDone(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      if (this.isClosed) return;
      this.logger.error(
        `The signing keys could not be reloaded; the old ones go on: ${(error as Error).message}`,
      );
      clearTimeout(this.retry);
      this.retry = setTimeout(() => void this.reloadUntilDone(), retryReloadAfterMs).unref();
    }
  }

  private async record(
    transaction: Transaction,
    caller: Principal,
    key: SigningKey,
    action: string,
  ): Promise<void> {
    await this.audit.record(transaction, caller.actor, {
      organizationId: serverChain,
      action,
      targetType: 'signing_key',
      targetId: key.kid,
      details: { alg: key.alg },
    });
  }
}

async function getKey(manager: EntityManager, kid: string): Promise<SigningKey> {
  const key = await manager.findOneBy(SigningKey, { kid });
  if (!key) throw notFound('signing key');
  return key;
}

function mustBe(key: SigningKey, state: SigningKeyState): void {
  if (key.state !== state) throw conflict(`The key is ${key.state}; it must be ${state}.`, 'key_state');
}
