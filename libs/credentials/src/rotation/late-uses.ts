import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Client } from '#libs/clients';
import { Clock } from '#libs/common';
import { Transactions } from '#libs/database';
import { WebhookOutbox } from '#libs/webhooks';
import { Credential } from '../credential.entity.js';
import { happeningsOf } from '../credential-happenings.js';
import { secondsAfter } from '../credential-lifetime.js';
import type { RegisteredClient, RegisteredCredential } from '../registry/registered-client.js';
import { userAgentFamily } from '../usage/user-agent-family.js';

const notedEverySeconds = 3_600;

/** Tells webhooks that somebody presented a secret that has retired: once an hour for each credential, however often it is. */
@Injectable()
export class LateUses implements OnApplicationShutdown {
  private readonly logger = new Logger(LateUses.name);
  /** When it was last told, by the id of the credential. */
  private readonly notedAt = new LRUCache<string, number>({ max: 10_000 });
  private noting: Promise<void> = Promise.resolve();

  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: WebhookOutbox,
    private readonly clock: Clock,
  ) {}

  /** Off the hot path; a failure is left to the next request. */
  record(
    client: RegisteredClient,
    credential: RegisteredCredential,
    address: string,
    userAgent: string | undefined,
  ): void {
    const { retiresAt, expiresAt } = credential;
    const now = this.clock.now();
    if (!retiresAt || retiresAt > now || (expiresAt && expiresAt <= retiresAt)) return;
    const last = this.notedAt.get(credential.id);
    if (last !== undefined && last > now.getTime() - notedEverySeconds * 1000) return;
    this.notedAt.set(credential.id, now.getTime());
    const more = { address, userAgent: userAgent === undefined ? null : userAgentFamily(userAgent) };
    this.noting = this.noting.then(() => this.tryNote(client, credential.id, now, more));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.noting;
  }

  private async tryNote(
    client: RegisteredClient,
    credentialId: string,
    now: Date,
    more: object,
  ): Promise<void> {
    try {
      await this.note(client, credentialId, now, more);
    } catch (error) {
      this.notedAt.delete(credentialId);
      this.logger.warn(`The late use of ${credentialId} could not be noted: ${(error as Error).message}`);
    }
  }

  private async note(
    { id, organization }: RegisteredClient,
    credentialId: string,
    now: Date,
    more: object,
  ): Promise<void> {
    await this.transactions.run({ organizationId: organization.id }, async (transaction) => {
      const { manager } = transaction;
      // Of several instances, one.
      const [, noted] = await manager.query<[unknown[], number]>(
        `update credential set late_use_noted_at = $2
         where id = $1 and retires_at <= $2 and revoked_at is null
           and (late_use_noted_at is null or late_use_noted_at <= $3)`,
        [credentialId, now, secondsAfter(now, -notedEverySeconds)],
      );
      if (!noted) return;
      const client = await manager.findOneByOrFail(Client, { id });
      const credential = await manager.findOneByOrFail(Credential, { id: credentialId });
      // The audit log has the refusal itself.
      const happenings = happeningsOf(client, 'credential.used_after_retirement', credential, more);
      await this.outbox.emitAll(transaction, organization.id, happenings);
    });
  }
}
