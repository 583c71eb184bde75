import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { forbidden } from '#libs/common';
import { Transactions } from '#libs/database';
import {
  getSetup,
  lockOrganization,
  mustBeDeletable,
  type OrganizationRef,
  Setup,
  Snapshots,
} from '#libs/organizations';
import { ClientsService } from './clients.service.js';
import { clientsIn } from './setup-clients.service.js';

/** Deletes setups, and with them what cannot be without them. */
@Injectable()
export class SetupRemoval {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: ClientsService,
    private readonly snapshots: Snapshots,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Deletes a setup with all its clients; their history remains.
   *
   * @throws DomainError `not_found`, `forbidden` for the default setup, or who may not delete the clients
   */
  async delete(caller: Principal, organization: OrganizationRef, setupId: string): Promise<void> {
    const { id: organizationId, customerId } = organization;
    await this.transactions.run(caller.within(organization), async (transaction) => {
      const { manager } = transaction;
      await lockOrganization(manager, organization);
      const setup = await getSetup(manager, organization, setupId);
      mustBeDeletable(setup);
      const clients = await clientsIn(manager, setup).getMany();
      if (clients.length > 0 && !caller.may('Auth.Customer.Clients', 'DELETE', customerId)) {
        throw forbidden('The setup has clients, which you may not delete.', 'insufficient_scope');
      }
      for (const { clientId } of clients) await this.clients.delete(caller, organization, clientId);
      await this.snapshots.bury(transaction, [setupId]);
      await manager.delete(Setup, { id: setupId, organizationId });
      transaction.announce('organization', organizationId);
      await this.audit.record(transaction, caller.actor, {
        organizationId,
        action: 'setup.deleted',
        targetType: 'setup',
        targetId: setupId,
        details: { name: setup.name, clients: clients.map(({ clientId }) => clientId) },
      });
    });
  }
}
