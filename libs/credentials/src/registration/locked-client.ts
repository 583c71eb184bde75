import { Injectable } from '@nestjs/common';
import { type Client, ClientsService } from '#libs/clients';
import type { Transaction } from '#libs/database';
import type { OrganizationRef } from '#libs/organizations';
import { Credential } from '../credential.entity.js';
import { ClientCredentials } from './client-credentials.js';

/** A client and its credentials, which nobody else changes before the transaction ends. */
export class LockedClient extends ClientCredentials {
  constructor(
    readonly transaction: Transaction,
    client: Client,
    credentials: readonly Credential[],
  ) {
    super(client, credentials);
  }

  /** Adds one that was just issued. */
  add(credential: Credential): void {
    this.byId.set(credential.id, credential);
  }

  /** Writes changes of a credential. @returns it as it is then */
  async change({ id }: Credential, changes: Partial<Omit<Credential, 'id' | 'client'>>): Promise<Credential> {
    await this.transaction.manager.update(Credential, { id }, changes as object);
    const after = { ...this.get(id), ...changes };
    this.byId.set(id, after);
    return after;
  }
}

/** Locks clients with their credentials, always in the same order. */
@Injectable()
export class ClientLock {
  constructor(private readonly clients: ClientsService) {}

  /** @throws DomainError `not_found` */
  async lock(
    transaction: Transaction,
    organization: OrganizationRef,
    clientId: string,
  ): Promise<LockedClient> {
    const locked = await this.clients.lockAll(transaction, organization, [clientId]);
    return lockCredentials(transaction, locked.get(clientId) as Client);
  }
}

/** Locks the credentials of a client that the transaction has locked. */
export async function lockCredentials(transaction: Transaction, client: Client): Promise<LockedClient> {
  // Uses are written without a lock on the client, by id: who would take two rows the other way round could wait for
  // them in a circle.
  await transaction.manager.query(
    'select from credential where client_row_id = $1 and revoked_at is null order by id for no key update',
    [client.id],
  );
  const credentials = await transaction.manager.findBy(Credential, { clientRowId: client.id });
  return new LockedClient(transaction, client, credentials);
}
