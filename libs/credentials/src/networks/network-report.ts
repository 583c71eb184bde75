import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { Client } from '#libs/clients';
import { notFound } from '#libs/common';
import { Transactions } from '#libs/database';
import type { OrganizationRef } from '#libs/organizations';
import { NetworkRefusal } from './network-refusal.entity.js';

const mostRows = 250;

/** Tells from where a client came that a list of allowed networks leaves out. */
@Injectable()
export class NetworkReport {
  constructor(private readonly transactions: Transactions) {}

  /** The latest first. @throws DomainError `not_found` */
  async of(_caller: Principal, organization: OrganizationRef, clientId: string): Promise<NetworkRefusal[]> {
    return this.transactions.read({ organizationId: organization.id }, async (manager) => {
      const client = await manager.findOneBy(Client, { organizationId: organization.id, clientId });
      if (!client) throw notFound('client');
      return manager
        .createQueryBuilder(NetworkRefusal, 'refusal')
        .innerJoin('refusal.credential', 'credential')
        .where('credential.clientRowId = :id', { id: client.id })
        .orderBy('refusal.lastSeenAt', 'DESC')
        .limit(mostRows)
        .getMany();
    });
  }
}
