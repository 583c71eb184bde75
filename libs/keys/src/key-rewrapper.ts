import { Injectable } from '@nestjs/common';
import { Not } from 'typeorm';
import type { Principal } from '#libs/access';
import { AuditLog, AuditSigner, serverChain } from '#libs/audit';
import { Sealer } from '#libs/common';
import { type Transaction, Transactions } from '#libs/database';
import { WebhookSecretRewrapper } from '#libs/webhooks';
import { sealPurpose } from './key-set.js';
import { SigningKey } from './signing-key.entity.js';

/**
 * Seals what lasts anew after the operator put a new master key before the old one: the keys that sign tokens, those
 * that sign the audit log, and the secrets of webhooks. Everything else that is sealed ends by itself within a day; a
 * retired key is never opened again.
 */
@Injectable()
export class KeyRewrapper {
  constructor(
    private readonly transactions: Transactions,
    private readonly sealer: Sealer,
    private readonly webhooks: WebhookSecretRewrapper,
    private readonly auditSigner: AuditSigner,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Seals every value that is not under the current master key. Each is a transaction of its own: what was done before
   * an interruption stays done, and calling it again does the rest. Servers go on signing meanwhile.
   *
   * @param isStopping asked before each value; the rest waits once it is true
   * @returns how many were sealed anew; 0 when the old master key may go
   * @throws SealError when a value can't be opened
   */
  async rewrapAll(caller: Principal, isStopping = () => false): Promise<number> {
    const keys = await this.transactions.read('platform', (manager) =>
      manager.find(SigningKey, { where: { state: Not('retired') }, order: { createdAt: 'ASC', kid: 'ASC' } }),
    );
    let count = 0;
    for (const { kid, sealedPrivateKey } of keys) {
      if (isStopping()) return count;
      if (this.sealer.isCurrent(sealedPrivateKey)) continue;
      const isDone = await this.transactions.run('platform', (transaction) =>
        this.rewrap(transaction, caller, kid),
      );
      if (isDone) count++;
    }
    count += await this.auditSigner.rewrap(caller.actor);
    return count + (await this.webhooks.rewrapAll(caller, isStopping));
  }

  private async rewrap(transaction: Transaction, caller: Principal, kid: string): Promise<boolean> {
    const { manager } = transaction;
    const key = await manager.findOneOrFail(SigningKey, {
      where: { kid },
      lock: { mode: 'pessimistic_write' },
    });
    if (this.sealer.isCurrent(key.sealedPrivateKey)) return false;
    const sealedPrivateKey = this.sealer.seal(
      sealPurpose,
      kid,
      this.sealer.open(sealPurpose, kid, key.sealedPrivateKey),
    );
    await manager.update(SigningKey, { kid }, { sealedPrivateKey });
    await this.audit.record(transaction, caller.actor, {
      organizationId: serverChain,
      action: 'signing_key.rewrapped',
      targetType: 'signing_key',
      targetId: kid,
      details: { masterKey: this.sealer.currentKeyId },
    });
    return true;
  }
}
