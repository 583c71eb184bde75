import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '#libs/access';
import { Clock, DomainError, invalid, Sealer, Settings } from '#libs/common';
import { Housekeeping, type Transaction, Transactions } from '#libs/database';
import { IdempotencyKey } from './idempotency-key.entity.js';

const sealPurpose = 'idempotent answer';
const fingerprintPurpose = 'idempotent request';
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** A create that may be repeated. */
export interface RepeatableRequest<T> {
  /** The Idempotency-Key header, if the caller sent one. */
  readonly key: string | undefined;
  /** The method and the path: a key belongs to one operation. */
  readonly operation: string;
  readonly body: unknown;
  /** The organization within which the work happens, or `platform`. */
  readonly organization: { readonly id: string; readonly customerId: string } | 'platform';
  /** The answer as it is repeated when the window for secrets has passed. */
  readonly withoutSecrets: (answer: T) => T;
}

/** The answer, and whether it is that of an earlier request. */
export interface RepeatableAnswer<T> {
  readonly answer: T;
  readonly replayed: boolean;
}

/**
 * Makes creates safe to repeat: the answer is stored in the same transaction as the change, so a repetition is
 * answered the same whether or not the first answer arrived (draft-ietf-httpapi-idempotency-key-header).
 */
@Injectable()
export class IdempotentRequests {
  constructor(
    private readonly transactions: Transactions,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
    housekeeping: Housekeeping,
  ) {
    const window = `interval '${settings.idempotencyWindowSeconds} seconds'`;
    housekeeping.deleteWhere('idempotency_key', `created_at < now() - ${window}`);
    const secretWindow = `interval '${settings.idempotencySecretWindowSeconds} seconds'`;
    housekeeping.emptyWhere('idempotency_key', 'sealed_answer', `created_at < now() - ${secretWindow}`);
  }

  /**
   * Does the work once per key; without a key, always.
   *
   * @throws DomainError `invalid` for a malformed key, `unprocessable` when the key was used with another body
   */
  async run<T>(
    caller: Principal,
    request: RepeatableRequest<T>,
    work: () => Promise<T>,
  ): Promise<RepeatableAnswer<T>> {
    const { key } = request;
    if (key === undefined) return { answer: await work(), replayed: false };
    if (!keyPattern.test(key)) {
      const message = 'must be 1 to 255 printable ASCII characters without blanks';
      throw invalid('The idempotency key is not valid.', [{ path: 'Idempotency-Key', message }]);
    }
    const { organization } = request;
    const scope = organization === 'platform' ? caller.everywhere() : caller.within(organization);
    return this.transactions.run(scope, (transaction) =>
      this.runOnce(transaction, caller, key, request, work),
    );
  }

  /** The caller may work in another organization than its own, to which the key belongs: hence the wider scope. */
  private async runOnce<T>(
    transaction: Transaction,
    caller: Principal,
    key: string,
    request: RepeatableRequest<T>,
    work: () => Promise<T>,
  ): Promise<RepeatableAnswer<T>> {
    const owner = callerKey(caller);
    const text = `${request.operation}\0${JSON.stringify(request.body)}`;
    const fingerprints = this.sealer.digests(fingerprintPurpose, text);
    const stored = await transaction.acrossOrganizations((manager) =>
      this.claim(manager, caller, key, fingerprints[0]),
    );
    if (stored) return { answer: this.replay<T>(stored, fingerprints), replayed: true };
    const answer = await work();
    const sealed = this.sealer.seal(sealPurpose, `${owner} ${key}`, JSON.stringify(answer));
    await transaction.acrossOrganizations((manager) =>
      manager.query(
        'update idempotency_key set answer = $3, sealed_answer = $4 where caller = $1 and key = $2',
        [owner, key, JSON.stringify(request.withoutSecrets(answer)), sealed],
      ),
    );
    return { answer, replayed: false };
  }

  /** Takes the key for the caller. @returns null, or what is stored when it was taken before */
  private async claim(
    manager: EntityManager,
    caller: Principal,
    key: string,
    fingerprint: Buffer | undefined,
  ): Promise<IdempotencyKey | null> {
    const owner = callerKey(caller);
    const windowStart = new Date(this.clock.nowMs() - this.settings.idempotencyWindowSeconds * 1000);
    await manager.query('delete from idempotency_key where caller = $1 and key = $2 and created_at < $3', [
      owner,
      key,
      windowStart,
    ]);
    // Waits here for a simultaneous request with the same key, and then finds its answer.
    const [first] = await manager.query<unknown[]>(
      `insert into idempotency_key (caller, key, organization_id, fingerprint, created_at) values ($1, $2, $3, $4, $5)
       on conflict do nothing returning key`,
      [owner, key, caller.organizationId, fingerprint, this.clock.now()],
    );
    return first ? null : manager.findOneByOrFail(IdempotencyKey, { caller: owner, key });
  }

  private replay<T>(stored: IdempotencyKey, fingerprints: readonly Buffer[]): T {
    if (!fingerprints.some((fingerprint) => stored.fingerprint.equals(fingerprint))) {
      throw new DomainError(
        'unprocessable',
        'The Idempotency-Key was used with another request; choose a new one.',
        {
          code: 'idempotency_key_reused',
          issues: [{ path: 'Idempotency-Key', message: 'must be new for a new request' }],
        },
      );
    }
    const ageSeconds = (this.clock.nowMs() - stored.createdAt.getTime()) / 1000;
    if (stored.sealedAnswer && ageSeconds < this.settings.idempotencySecretWindowSeconds) {
      return JSON.parse(
        this.sealer.open(sealPurpose, `${stored.caller} ${stored.key}`, stored.sealedAnswer).toString(),
      );
    }
    return stored.answer as T;
  }
}

function callerKey(caller: Principal): string {
  return caller.clientRowId ?? caller.clientId;
}
