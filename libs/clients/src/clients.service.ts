import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { Principal, RoleGrants } from '#libs/access';
import { type AuditEntry, AuditLog } from '#libs/audit';
import { Clock, inTurn, newRowId, notFound, type Page, type PageRequest } from '#libs/common';
import { fetchPage, type Transaction, Transactions } from '#libs/database';
import type { OrganizationRef } from '#libs/organizations';
import { type Happening, WebhookOutbox } from '#libs/webhooks';
import { Client } from './client.entity.js';
import { ClientAdmission, lockSettings, type PlacedDraft } from './client-admission.js';
import type { CompleteDraft } from './client-draft.js';
import { ClientHistory } from './client-history.js';
import { type Furnish, insertClients } from './client-insertion.js';

/** A client id that is in use, and by whose client. */
export type TakenClient = Pick<Client, 'clientId' | 'organizationId' | 'attributes'>;

/** Creates, reads, replaces and deletes clients. Their secrets are settled by the credentials library. */
@Injectable()
export class ClientsService {
  constructor(
    private readonly transactions: Transactions,
    private readonly admission: ClientAdmission,
    private readonly history: ClientHistory,
    private readonly audit: AuditLog,
    private readonly outbox: WebhookOutbox,
    private readonly clock: Clock,
  ) {}

  /**
   * Inserts clients as part of a transaction: all of them or none.
   *
   * @param furnish is called with the new clients and the organization's settings, once
   * @throws DomainError `invalid` for a draft that breaks a rule, `forbidden` for a grant beyond the caller's own,
   *   `conflict` for a client id that is taken, by whomever
   */
  async insertAll(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    drafts: readonly PlacedDraft[],
    furnish: Furnish,
  ): Promise<Client[]> {
    const { manager } = transaction;
    const admitted = await this.admission.admit(manager, caller, organization, drafts, new Map());
    const now = this.clock.now();
    const clients = admitted.drafts.map(
      (draft, index): Client => ({
        ...draft,
        id: drafts[index]?.rowId ?? newRowId(),
        ownerRowId: caller.clientRowId,
        ownerScopes: [...caller.scopes],
        organizationId: organization.id,
        tokenGeneration: 1,
        createdAt: now,
        updatedAt: now,
      }),
    );
    for (const client of clients) transaction.announce('client', client.clientId);
    // All statements go out at once, in this order.
    const inserted = insertClients(manager, clients, drafts);
    transaction.send(inserted);
    this.history.recordNew(transaction, clients, drafts);
    const told = furnish(clients, admitted.settings);
    const entries = clients.map((client) => entryOf(client, 'client.created', toDetails(client)));
    const recorded = this.audit.recordAll(transaction, caller.actor, [...entries, ...told.entries]);
    const happenings = clients.map((client) => happeningOf(client, 'client.created'));
    const emitted = this.outbox.emitAll(transaction, organization.id, [...happenings, ...told.happenings]);
    await inTurn(inserted, recorded, emitted);
    return clients;
  }

  /** What is there already of these client ids, whoever has it: for an operator alone. */
  async findTaken(clientIds: readonly string[]): Promise<TakenClient[]> {
    return this.transactions.read('platform', (manager) =>
      manager.find(Client, {
        where: { clientId: In([...clientIds]) },
        select: { clientId: true, organizationId: true, attributes: true },
      }),
    );
  }

  async list(caller: Principal, organization: OrganizationRef, page: PageRequest): Promise<Page<Client>> {
    const { id: organizationId } = organization;
    return this.transactions.read(caller.within(organization), (manager) => {
      const query = manager.createQueryBuilder(Client, 'client');
      return fetchPage(query.where('client.organizationId = :organizationId', { organizationId }), page);
    });
  }

  /** @throws DomainError `not_found`, for a client of another organization as for none at all */
  async get(caller: Principal, organization: OrganizationRef, clientId: string): Promise<Client> {
    const client = await this.transactions.read(caller.within(organization), (manager) =>
      manager.findOneBy(Client, { organizationId: organization.id, clientId }),
    );
    if (!client) throw notFound('client');
    return client;
  }

  /**
   * Locks clients against change for the rest of the transaction, in one order so that two writers never wait for
   * each other.
   *
   * @throws DomainError `not_found` when one of them is missing or somebody else's
   */
  async lockAll(
    { manager }: Transaction,
    organization: OrganizationRef,
    clientIds: readonly string[],
  ): Promise<Map<string, Client>> {
    await lockSettings(manager, organization);
    const clients = await manager.find(Client, {
      where: { organizationId: organization.id, clientId: In([...clientIds]) },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    const byClientId = new Map(clients.map((client) => [client.clientId, client]));
    if (clientIds.some((clientId) => !byClientId.has(clientId))) throw notFound('client');
    return byClientId;
  }

  /**
   * Replaces clients as part of a transaction; a change of roles ends all their tokens.
   *
   * @param locked the same clients as they are now, from lockAll
   */
  async replaceAll(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    drafts: readonly PlacedDraft[],
    locked: ReadonlyMap<string, Client>,
  ): Promise<Client[]> {
    const admitted = await this.admission.admit(transaction.manager, caller, organization, drafts, locked);
    const updatedAt = this.clock.now();
    const replaced: Client[] = [];
    const entries: AuditEntry[] = [];
    const happenings: Happening[] = [];
    for (const draft of admitted.drafts) {
      const before = locked.get(draft.clientId) as Client;
      const { clientId: _fixed, ...changes } = draft;
      const tokenGeneration = before.tokenGeneration + (endsTokens(before, draft) ? 1 : 0);
      await transaction.manager
        .createQueryBuilder()
        .update(Client)
        .set({ ...changes, tokenGeneration, updatedAt } as object)
        .where({ id: before.id, organizationId: organization.id })
        .execute();
      const after = { ...before, ...changes, tokenGeneration, updatedAt };
      replaced.push(after);
      entries.push(entryOf(after, 'client.replaced', { before: toDetails(before), after: toDetails(after) }));
      happenings.push(...changeOf(before, after));
      transaction.announce('client', before.clientId);
      if (rightsChange(before, after)) await endTokensOfOwned(transaction, before);
    }
    await this.history.recordReplaced(transaction, replaced, drafts);
    await this.audit.recordAll(transaction, caller.actor, entries);
    await this.outbox.emitAll(transaction, organization.id, happenings);
    return replaced;
  }

  /** Deletes a client with its credentials; its tokens are dead at once. @throws DomainError `not_found` */
  async delete(caller: Principal, organization: OrganizationRef, clientId: string): Promise<void> {
    await this.transactions.run(caller.within(organization), async (transaction) => {
      const client = (await this.lockAll(transaction, organization, [clientId])).get(clientId) as Client;
      await endTokensOfOwned(transaction, client);
      await transaction.manager.delete(Client, { id: client.id, organizationId: organization.id });
      await this.history.bury(transaction, client);
      transaction.announce('client', clientId);
      await this.audit.record(
        transaction,
        caller.actor,
        entryOf(client, 'client.deleted', toDetails(client)),
      );
      await this.outbox.emit(transaction, organization.id, happeningOf(client, 'client.deleted'));
    });
  }

  /** Makes every token of the client invalid at once, however many there are. @throws DomainError `not_found` */
  async revokeTokens(caller: Principal, organization: OrganizationRef, clientId: string): Promise<void> {
    await this.transactions.run(caller.within(organization), async (transaction) => {
      const client = (await this.lockAll(transaction, organization, [clientId])).get(clientId) as Client;
      await this.endTokens(transaction, client);
      await this.audit.record(transaction, caller.actor, entryOf(client, 'client.tokens_revoked', {}));
    });
  }

  /** Ends all tokens of a locked client, as part of a transaction. */
  async endTokens(transaction: Transaction, client: Client): Promise<void> {
    await transaction.manager.increment(Client, { id: client.id }, 'tokenGeneration', 1);
    transaction.announce('client', client.clientId);
  }
}

/**
 * Ends the tokens of every client that draws rights from this one, because it created it or one that did; what they
 * may do is worked out anew.
 */
async function endTokensOfOwned(transaction: Transaction, owner: Client): Promise<void> {
  // A client may own some in another organization: those that an operator made, for one.
  const owned = await transaction.acrossOrganizations((manager) =>
    manager.query<{ client_id: string }[]>(
      `with recursive owned as (
       select id from client where owner_row_id = $1
       union select c.id from client c join owned on c.owner_row_id = owned.id),
     ended as (
       update client set token_generation = token_generation + 1 where id in (select id from owned) and id <> $1
       returning client_id)
     select client_id from ended`,
      [owner.id],
    ),
  );
  for (const client of owned) transaction.announce('client', client.client_id);
}

/** Tokens end with the roles that they carry, and for good when the client is disabled: enabling revives none. */
function endsTokens(before: Client, draft: CompleteDraft): boolean {
  return rolesChange(before, draft) || (before.enabled && !draft.enabled);
}

/** Whether the clients that draw rights from this one may draw less or more than before. */
function rightsChange(before: Client, after: Client): boolean {
  if (before.enabled !== after.enabled || rolesChange(before, after)) return true;
  return [...before.scopes].sort().join(' ') !== [...after.scopes].sort().join(' ');
}

function rolesChange(before: Client, draft: Pick<Client, 'roles' | 'defaultRolesAssignment'>): boolean {
  if (before.defaultRolesAssignment !== draft.defaultRolesAssignment) return true;
  return canonicalRoles(before.roles) !== canonicalRoles(draft.roles);
}

function canonicalRoles(roles: RoleGrants): string {
  const entries = Object.entries(roles).map(
    ([name, tenants]) => [name, [...new Set(tenants)].sort()] as const,
  );
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function entryOf(client: Client, action: string, details: object): AuditEntry {
  return {
    organizationId: client.organizationId,
    action,
    targetType: 'client',
    targetId: client.clientId,
    details,
  };
}

function happeningOf({ clientId, name, enabled }: Client, type: Happening['type']): Happening {
  return { type, data: { clientId, name, enabled } };
}

/** A change, and beside it that the client was switched on or off. */
function changeOf(before: Client, after: Client): Happening[] {
  const updated = happeningOf(after, 'client.updated');
  if (before.enabled === after.enabled) return [updated];
  return [updated, happeningOf(after, after.enabled ? 'client.enabled' : 'client.disabled')];
}

function toDetails({
  name,
  enabled,
  grantTypes,
  authenticationMethods,
  roles,
  scopes,
  audiences,
  allowedNetworks,
}: Client): object {
  return { name, enabled, grantTypes, authenticationMethods, roles, scopes, audiences, allowedNetworks };
}
