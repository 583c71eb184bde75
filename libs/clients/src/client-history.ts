import { Injectable } from '@nestjs/common';
import type { Transaction } from '#libs/database';
import { Snapshots } from '#libs/organizations';
import type { Client } from './client.entity.js';
import type { PlacedDraft } from './client-admission.js';

/** What of a client has a history: what it is, and nothing of what it may do in its organization. */
export type ClientState = Pick<
  Client,
  | 'name'
  | 'type'
  | 'grantTypes'
  | 'inheritsGrantTypes'
  | 'authenticationMethods'
  | 'scopes'
  | 'redirectUris'
  | 'accessTokenTtlSeconds'
  | 'refreshTokenTtlSeconds'
  | 'authorization'
  | 'attributes'
>;

/** The part of a client that has a history. */
export function clientStateOf(client: ClientState): ClientState {
  return {
    name: client.name,
    type: client.type,
    grantTypes: client.grantTypes,
    inheritsGrantTypes: client.inheritsGrantTypes,
    authenticationMethods: client.authenticationMethods,
    scopes: client.scopes,
    redirectUris: client.redirectUris,
    accessTokenTtlSeconds: client.accessTokenTtlSeconds,
    refreshTokenTtlSeconds: client.refreshTokenTtlSeconds,
    authorization: client.authorization,
    attributes: client.attributes,
  };
}

/** Records what clients are from one change to the next, whoever makes it. */
@Injectable()
export class ClientHistory {
  constructor(private readonly snapshots: Snapshots) {}

  /** @param drafts what the clients were made of, in their order */
  recordNew(transaction: Transaction, clients: readonly Client[], drafts: readonly PlacedDraft[]): void {
    const states = clients.map((client, index) => ({
      client,
      state: clientStateOf(client),
      validFrom: drafts[index]?.startsAt,
    }));
    this.record(transaction, states);
  }

  /** @param drafts what the clients were replaced by, in their order */
  async recordReplaced(
    transaction: Transaction,
    clients: readonly Client[],
    drafts: readonly PlacedDraft[],
  ): Promise<void> {
    const unplanned: Client[] = [];
    for (const [index, client] of clients.entries()) {
      const planned = drafts[index]?.fulfils;
      if (planned) await this.snapshots.markApplied(transaction.manager, planned);
      else unplanned.push(client);
    }
    const states = unplanned.map((client) => ({
      client,
      state: clientStateOf(client),
      validFrom: undefined,
    }));
    if (states.length > 0) this.record(transaction, states);
  }

  /** Records what a client is to be from a moment on. */
  recordPlan(transaction: Transaction, client: Client, state: ClientState, validFrom: Date): void {
    this.record(transaction, [{ client, state, validFrom }]);
  }

  /** What remains of a client that is deleted. */
  async bury(transaction: Transaction, client: Client): Promise<void> {
    await this.snapshots.bury(transaction, [client.id]);
  }

  private record(
    transaction: Transaction,
    states: readonly { client: Client; state: ClientState; validFrom: Date | undefined }[],
  ): void {
    this.snapshots.record(
      transaction,
      states.map(({ client, state, validFrom }) => ({
        organizationId: client.organizationId,
        kind: 'client' as const,
        parentId: client.id,
        parentCreatedAt: client.createdAt,
        setupId: client.setupId,
        clientId: client.clientId,
        state,
        validFrom: validFrom ?? client.updatedAt,
        isInForce: validFrom === undefined,
      })),
    );
  }
}
