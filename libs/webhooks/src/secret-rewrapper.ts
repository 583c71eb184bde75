import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Transactions } from '#libs/database';
import { SigningSecrets } from './signing-secrets.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';

/** Seals the secrets of webhooks anew after the operator put a new master key before the old one. */
@Injectable()
export class WebhookSecretRewrapper {
  constructor(
    private readonly transactions: Transactions,
    private readonly secrets: SigningSecrets,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Seals every secret that is not under the current master key, each endpoint in a transaction of its own.
   *
   * @returns how many endpoints were changed
   * @throws SealError when a secret can't be opened
   */
  async rewrapAll(caller: Principal): Promise<number> {
    const endpoints = await this.transactions.read('platform', (manager) =>
      manager.find(WebhookEndpoint, { order: { createdAt: 'ASC', id: 'ASC' } }),
    );
    let count = 0;
    for (const endpoint of endpoints) {
      if (this.isCurrent(endpoint)) continue;
      if (await this.rewrap(caller, endpoint)) count++;
    }
    return count;
  }

  private async rewrap(caller: Principal, { id, organizationId }: WebhookEndpoint): Promise<boolean> {
    return this.transactions.run({ organizationId }, async (transaction) => {
      const endpoint = await transaction.manager.findOne(WebhookEndpoint, {
        where: { id },
        lock: { mode: 'for_no_key_update' },
      });
      if (!endpoint || this.isCurrent(endpoint)) return false;
      const { sealedSecret, sealedOldSecret } = endpoint;
      await transaction.manager.update(
        WebhookEndpoint,
        { id },
        {
          sealedSecret: this.secrets.rewrap(id, sealedSecret),
          sealedOldSecret: sealedOldSecret === null ? null : this.secrets.rewrap(id, sealedOldSecret),
        },
      );
      await this.audit.record(transaction, caller.actor, {
        organizationId,
        action: 'webhook.secret_rewrapped',
        targetType: 'webhook',
        targetId: id,
      });
      return true;
    });
  }

  private isCurrent({ sealedSecret, sealedOldSecret }: WebhookEndpoint): boolean {
    return [sealedSecret, sealedOldSecret].every((one) => one === null || this.secrets.isCurrent(one));
  }
}
