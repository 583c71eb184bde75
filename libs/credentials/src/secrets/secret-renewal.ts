import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import PQueue from 'p-queue';
import { IsNull } from 'typeorm';
import { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Transactions } from '#libs/database';
import { Credential } from '../credential.entity.js';
import type { RegisteredClient, RegisteredCredential } from '../registry/registered-client.js';
import { hintOf } from './secret-format.js';
import { SecretHasher } from './secret-hasher.js';

const mostWaiting = 1_000;
/** After an upgrade every client is renewed at its next request: these are written at a pace that nobody notices. */
const mostPerSecond = 50;

/**
 * Stores a secret anew when it has proved itself against an outdated hash, or one without what it is found by: only
 * then is it known. Off the hot path, one at a time and so many a second; one that is left out for any reason gets its
 * turn with the client's next request.
 */
@Injectable()
export class SecretRenewal implements OnApplicationShutdown {
  private readonly logger = new Logger(SecretRenewal.name);
  private readonly queue = new PQueue({ concurrency: 1, intervalCap: mostPerSecond, interval: 1_000 });
  /** By the id of the credential. */
  private readonly scheduled = new Set<string>();

  constructor(
    private readonly hasher: SecretHasher,
    private readonly transactions: Transactions,
    private readonly audit: AuditLog,
  ) {}

  /** @param secret opened the credential */
  schedule(client: RegisteredClient, credential: RegisteredCredential, secret: string): void {
    if (this.scheduled.has(credential.id) || this.queue.size >= mostWaiting) return;
    this.scheduled.add(credential.id);
    void this.queue.add(() => this.tryRenew(client, credential, secret));
  }

  async onApplicationShutdown(): Promise<void> {
    this.queue.clear();
    await this.queue.onIdle();
  }

  private async tryRenew(
    client: RegisteredClient,
    credential: RegisteredCredential,
    secret: string,
  ): Promise<void> {
    try {
      await this.renew(client, credential, secret);
    } catch (error) {
      this.logger.warn(
        `The secret of the credential ${credential.id} could not be renewed: ${(error as Error).message}`,
      );
    } finally {
      this.scheduled.delete(credential.id);
    }
  }

  private async renew(
    client: RegisteredClient,
    credential: RegisteredCredential,
    secret: string,
  ): Promise<void> {
    const hash = await this.hasher.renew(credential.hash, secret, client.id);
    const organizationId = client.organization.id;
    await this.transactions.run({ organizationId }, async (transaction) => {
      // Another instance, or a request that began before, may have done it.
      const { affected } = await transaction.manager.update(
        Credential,
        {
          id: credential.id,
          hash: credential.hash,
          ...(hash === credential.hash && { lookupHash: IsNull() }),
        },
        {
          hash,
          lookupHash: this.hasher.lookupHashFor(hash, secret),
          ...(this.hasher.isImported(credential.hash) && { hint: hintOf(secret) }),
        },
      );
      if (!affected) return;
      transaction.announce('client', client.clientId);
      await this.audit.record(transaction, Principal.system('system').actor, {
        organizationId,
        action: 'credential.rehashed',
        targetType: 'credential',
        targetId: credential.id,
        details: { clientId: client.clientId },
      });
    });
  }
}
