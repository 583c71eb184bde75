import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { DomainError, Repetition } from '#libs/common';
import { Transactions } from '#libs/database';
import { type DueSnapshot, lockOrganization, SetupsService, Snapshots } from '#libs/organizations';
import { SetupClientsService } from './setup-clients.service.js';

const everyMs = 1_000;
const mostRounds = 50;

/**
 * Puts planned states in force when their time has come: before whoever depends on them looks, and once a second for
 * everybody else.
 */
@Injectable()
export class ScheduledChanges implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ScheduledChanges.name);
  private readonly repetition = new Repetition(
    () => this.applyDue(),
    (error) => this.logger.debug(`Planned changes have to wait: ${error.message}`),
  );

  constructor(
    private readonly transactions: Transactions,
    private readonly snapshots: Snapshots,
    private readonly setups: SetupsService,
    private readonly clients: SetupClientsService,
    private readonly audit: AuditLog,
  ) {}

  onApplicationBootstrap(): void {
    this.repetition.start(everyMs);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.repetition.stop();
  }

  /** Puts everything in force that is due. @param organizationId only what is this organization's */
  async applyDue(organizationId?: string): Promise<void> {
    for (let round = 0; round < mostRounds; round++) {
      const due = await this.snapshots.listDue(organizationId);
      if (due.length === 0) return;
      for (const one of due) await this.applyOrGiveUp(one);
    }
  }

  /** Each in a transaction of its own: one that fails holds up no other. */
  private async applyOrGiveUp(due: DueSnapshot): Promise<void> {
    try {
      await this.apply(due);
    } catch (error) {
      if (!(error instanceof DomainError) || error.kind === 'unavailable') throw error;
      await this.giveUp(due, error);
    }
  }

  private async apply({ id, kind, organization }: DueSnapshot): Promise<void> {
    await this.transactions.run({ organizationId: organization.id }, async (transaction) => {
      await lockOrganization(transaction.manager, organization);
      const snapshot = await this.snapshots.lockDue(transaction, id);
      if (!snapshot) return;
      const owner = kind === 'setup' ? this.setups : this.clients;
      await owner.apply(transaction, organization, snapshot);
    });
  }

  /** The rules may have changed since it was planned: what was in force stays so. */
  private async giveUp({ id, kind, parentId, clientId, organization }: DueSnapshot, error: DomainError) {
    await this.transactions.run({ organizationId: organization.id }, async (transaction) => {
      const snapshot = await this.snapshots.lockDue(transaction, id);
      if (!snapshot) return;
      const failure = [error.message, ...error.issues.map(({ path, message }) => `${path}: ${message}`)].join(
        ' ',
      );
      await this.snapshots.markFailed(transaction.manager, id, failure);
      if (clientId !== null) transaction.announce('client', clientId);
      else transaction.announce('organization', organization.id);
      await this.audit.record(transaction, Principal.system('schedule').actor, {
        organizationId: organization.id,
        action: `${kind}.change_failed`,
        targetType: kind,
        targetId: clientId ?? parentId,
        details: { validFrom: snapshot.validFrom, failure },
      });
    });
  }
}
