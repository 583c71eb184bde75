import { Injectable } from '@nestjs/common';
import { Brackets, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import type { Principal } from '#libs/access';
import { Client } from '#libs/clients';
import { Clock, notFound } from '#libs/common';
import { Transactions } from '#libs/database';
import type { OrganizationRef } from '#libs/organizations';
import { Credential, isCredentialId } from '../credential.entity.js';

/** A client, and when any of its credentials was used last. */
export interface ClientWithUse {
  readonly client: Client;
  readonly lastUsedAt: Date | null;
}

/** A credential, and whose it is. */
export interface CredentialOfClient {
  readonly credential: Credential;
  readonly client: Client;
}

/** A part of a list that is cut by position, with the length of the whole. */
export interface Slice<T> {
  readonly items: readonly T[];
  readonly total: number;
}

export interface SliceRequest {
  readonly limit: number;
  readonly offset: number;
}

export interface ClientFilter {
  /** Only clients that were used, and not after this time. */
  readonly lastUsedAtMost?: Date;
  /** Only clients that were never used. */
  readonly neverUsed?: boolean;
}

export interface CredentialFilter {
  /** Only credentials that work at this moment: not those of disabled clients either. */
  readonly liveOnly?: boolean;
}

const lastUse = '(select max(c.last_used_at) from credential c where c.client_row_id = client.id)';

/** Finds the clients and credentials of an organization for surfaces that list both together, or by position. */
@Injectable()
export class ClientDirectory {
  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** The organization's clients, the oldest first. */
  async searchClients(
    caller: Principal,
    organization: OrganizationRef,
    filter: ClientFilter,
    { limit, offset }: SliceRequest,
  ): Promise<Slice<ClientWithUse>> {
    return this.transactions.read(caller.within(organization), async (manager) => {
      const query = clientsOf(manager, organization);
      if (filter.lastUsedAtMost) query.andWhere(`${lastUse} <= :at`, { at: filter.lastUsedAtMost });
      if (filter.neverUsed) query.andWhere(`${lastUse} is null`);
      const total = await query.getCount();
      const items = await withUse(
        query.orderBy('client.createdAt').addOrderBy('client.id').limit(limit).offset(offset),
      );
      return { items, total };
    });
  }

  /** @throws DomainError `not_found` */
  async getClient(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
  ): Promise<ClientWithUse> {
    const [found] = await this.transactions.read(caller.within(organization), (manager) =>
      withUse(clientsOf(manager, organization).andWhere('client.clientId = :clientId', { clientId })),
    );
    if (!found) throw notFound('client');
    return found;
  }

  /** The secrets of all clients of the organization, the newest first. */
  async listCredentials(
    caller: Principal,
    organization: OrganizationRef,
    filter: CredentialFilter,
    { limit, offset }: SliceRequest,
  ): Promise<Slice<CredentialOfClient>> {
    return this.transactions.read(caller.within(organization), async (manager) => {
      const query = credentialsOf(manager, organization);
      if (filter.liveOnly) query.andWhere('client.enabled').andWhere(isLive(this.clock.now()));
      query.orderBy('credential.createdAt', 'DESC').addOrderBy('credential.id', 'DESC');
      const [credentials, total] = await query.take(limit).skip(offset).getManyAndCount();
      return { items: credentials.map(toPair), total };
    });
  }

  /** @throws DomainError `not_found`, for a credential of another organization as for none at all */
  async getCredential(
    caller: Principal,
    organization: OrganizationRef,
    credentialId: string,
  ): Promise<CredentialOfClient> {
    // Anything else would be an error of the database, and tell from an id that is merely unknown.
    if (!isCredentialId(credentialId)) throw notFound('credential');
    const credential = await this.transactions.read(caller.within(organization), (manager) =>
      credentialsOf(manager, organization)
        .andWhere('credential.id = :credentialId', { credentialId })
        .getOne(),
    );
    if (!credential) throw notFound('credential');
    return toPair(credential);
  }
}

function clientsOf(manager: EntityManager, { id }: OrganizationRef): SelectQueryBuilder<Client> {
  return manager.createQueryBuilder(Client, 'client').where('client.organizationId = :id', { id });
}

function credentialsOf(manager: EntityManager, { id }: OrganizationRef): SelectQueryBuilder<Credential> {
  return manager
    .createQueryBuilder(Credential, 'credential')
    .innerJoinAndSelect('credential.client', 'client')
    .where('credential.organizationId = :id', { id })
    .andWhere(`credential.kind = 'client_secret'`);
}

async function withUse(query: SelectQueryBuilder<Client>): Promise<ClientWithUse[]> {
  const { entities, raw } = await query
    .addSelect(lastUse, 'last_use')
    .getRawAndEntities<{ last_use: Date | null }>();
  return entities.map((client, index) => ({ client, lastUsedAt: raw[index]?.last_use ?? null }));
}

function isLive(now: Date): Brackets {
  return new Brackets((where) =>
    where
      .where('credential.revokedAt is null')
      .andWhere('(credential.retiresAt is null or credential.retiresAt > :now)', { now })
      .andWhere('(credential.expiresAt is null or credential.expiresAt > :now)', { now }),
  );
}

function toPair(credential: Credential): CredentialOfClient {
  return { credential, client: credential.client as Client };
}
