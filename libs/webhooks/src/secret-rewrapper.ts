import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Transactions } from '#libs/database';
import { SigningSecrets } from './signing-secrets.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';

const batchSize = 200;
const beforeAllIds = '00000000-0000-0000-0000-000000000000';

type Owned = Pick<WebhookEndpoint, 'id' | 'organizationId'>;

/** Seals the secrets of webhooks anew after the operator put a new master key before the old one. */
@Injectable()
export class WebhookSecretRewrapper {
  constructor(
    private readonly transactions: Transactions,
    private readonly secrets: SigningSecrets,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Seals every secret that is not under the current master key, each endpoint in a transaction of its own: what was
   * done before an interruption stays done, and calling it again does the rest.
   *
   * @param isStopping asked before each endpoint; the rest waits once it is true
   * @returns how many endpoints were changed
   * @throws SealError when a secret can't be opened
   */
  async rewrapAll(caller: Principal, isStopping = () => false): Promise<number> {
    let count = 0;
    for (let after = beforeAllIds; ; ) {
      const endpoints = await this.outdatedBehind(after);
      for (const endpoint of endpoints) {
        if (isStopping()) return count;
        if (await this.rewrap(caller, endpoint)) count++;
      }
      const last = endpoints.at(-1);
      if (!last || endpoints.length < batchSize) return count;
      after = last.id;
    }
  }

  private outdatedBehind(id: string): Promise<Owned[]> {
    return this.transactions.read('platform', (manager) =>
      manager.query<Owned[]>(
        `select id, organization_id as "organizationId" from webhook_endpoint
         where id > $1 and (split_part(sealed_secret, '.', 2) <> $2 or split_part(sealed_old_secret, '.', 2) <> $2)
         order by id limit ${batchSize}`,
        [id, this.secrets.masterKeyId],
      ),
    );
  }

  private async rewrap(caller: Principal, { id, organizationId }: Owned): Promise<boolean> {
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
