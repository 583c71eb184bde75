import { Injectable } from '@nestjs/common';
import { Brackets, type EntityManager } from 'typeorm';
import { authorityScopes, Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { notFound, type Page, type PageRequest } from '#libs/common';
import { type Transaction, Transactions } from '#libs/database';
import {
  type ClientDefaults,
  type FoundParent,
  getSetup,
  grantTypesFor,
  lockOrganization,
  type Moment,
  type OrganizationRef,
  Setup,
  type SetupState,
  type Snapshot,
  Snapshots,
} from '#libs/organizations';
import { Client } from './client.entity.js';
import { ClientAdmission, type PlacedDraft } from './client-admission.js';
import { ClientHistory, type ClientState, clientStateOf } from './client-history.js';
import { ClientsService } from './clients.service.js';

/** A client as it is, was or will be. */
export interface ClientVersion {
  readonly clientId: string;
  readonly state: ClientState;
  readonly validFrom: Date;
}

/** The clients as their setup shows them: with their past, what is planned for them, and what remains of them. */
@Injectable()
export class SetupClientsService {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: ClientsService,
    private readonly admission: ClientAdmission,
    private readonly history: ClientHistory,
    private readonly snapshots: Snapshots,
    private readonly audit: AuditLog,
  ) {}

  /** Pages through the clients of a setup that have a state as it is looked for. @throws DomainError `not_found` */
  async search(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    filter: Moment & { readonly contains: object },
    page: PageRequest,
  ): Promise<Page<FoundParent>> {
    const setup = await this.findSetup(caller, organization, setupId, filter);
    return this.snapshots.search(caller, organization, { ...filter, kind: 'client', setup }, page);
  }

  /** @throws DomainError `not_found`, for a client of another setup as for none at all */
  async get(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    clientRowId: string,
    moment: Moment,
  ): Promise<ClientVersion> {
    const setup = await this.findSetup(caller, organization, setupId, moment);
    const snapshot = await this.snapshots.find(caller, organization, 'client', clientRowId, moment);
    if (!snapshot || !isIn(setup, snapshot)) throw notFound('client');
    return toVersion(snapshot, setup.clientDefaults);
  }

  /** Pages through what the client was, is and will be. @throws DomainError `not_found` */
  async listSnapshots(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    clientRowId: string,
    includesDeleted: boolean,
    page: PageRequest,
  ): Promise<Page<Snapshot>> {
    await this.get(caller, organization, setupId, clientRowId, { at: 'any', includesDeleted });
    return this.snapshots.list(caller, organization, clientRowId, includesDeleted, page);
  }

  /** @throws DomainError `not_found` */
  async getSnapshot(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    clientRowId: string,
    snapshotId: string,
    includesDeleted: boolean,
  ): Promise<ClientVersion> {
    await this.get(caller, organization, setupId, clientRowId, { at: 'any', includesDeleted });
    const snapshot = await this.snapshots.get(caller, organization, clientRowId, snapshotId, includesDeleted);
    return toVersion(snapshot, undefined);
  }

  /** The client of that public identifier. @throws DomainError `not_found` */
  async getByClientId(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    clientId: string,
  ): Promise<Client> {
    return this.transactions.read(caller.within(organization), async (manager) => {
      const setup = await getSetup(manager, organization, setupId);
      const client = await clientsIn(manager, setup)
        .andWhere('client.clientId = :clientId', { clientId })
        .getOne();
      if (!client) throw notFound('client');
      return client;
    });
  }

  /** The row of a client that can still change. @throws DomainError `not_found` */
  async getRow(
    { manager }: Pick<Transaction, 'manager'>,
    organization: OrganizationRef,
    setupId: string,
    clientRowId: string,
  ): Promise<Client> {
    const setup = await getSetup(manager, organization, setupId);
    const client = await clientsIn(manager, setup)
      .andWhere('client.id = :clientRowId', { clientRowId })
      .getOne();
    if (!client) throw notFound('client');
    return client;
  }

  /** Plans what a locked client is to be from a moment on. @throws DomainError as ClientsService.replaceAll */
  async plan(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    client: Client,
    placed: PlacedDraft,
    validFrom: Date,
  ): Promise<ClientState> {
    const before = new Map([[client.clientId, client]]);
    const { drafts } = await this.admission.admit(
      transaction.manager,
      caller,
      organization,
      [placed],
      before,
    );
    // What other surfaces keep there may change until then.
    const state = { ...clientStateOf(drafts[0] as ClientState), attributes: placed.draft.attributes ?? {} };
    this.history.recordPlan(transaction, client, state, validFrom);
    await this.settle(transaction, caller, client, 'client.change_planned', { validFrom });
    return state;
  }

  /** Puts a planned state in force; the organization is locked by then. @throws DomainError when it cannot be */
  async apply(transaction: Transaction, organization: OrganizationRef, snapshot: Snapshot): Promise<void> {
    const { clientId, setupId } = snapshot;
    if (clientId === null) throw notFound('client');
    const locked = await this.clients.lockAll(transaction, organization, [clientId]);
    const before = locked.get(clientId) as Client;
    const setup = setupId === null ? null : await getSetup(transaction.manager, organization, setupId);
    const state = stateToApply(snapshot.state as ClientState, before, setup);
    const hasBegun = await this.snapshots.hasBegun(transaction, before.id);
    const draft = {
      ...state,
      clientId,
      setupId,
      description: before.description,
      enabled: hasBegun ? before.enabled : true,
    };
    const placed = { draft, path: '', fulfils: snapshot.id };
    await this.clients.replaceAll(transaction, Principal.system('schedule'), organization, [placed], locked);
  }

  /** Calls off a planned state. @throws DomainError `not_found`, `forbidden` */
  async cancel(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    clientRowId: string,
    snapshotId: string,
  ): Promise<void> {
    await this.transactions.run(caller.within(organization), async (transaction) => {
      await lockOrganization(transaction.manager, organization);
      const client = await this.getRow(transaction, organization, setupId, clientRowId);
      const { validFrom } = await this.snapshots.cancel(transaction, client.id, snapshotId);
      await this.settle(transaction, caller, client, 'client.change_cancelled', { validFrom });
    });
  }

  /** Deletes a client; its tokens are dead at once, and its history remains. @throws DomainError `not_found` */
  async delete(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    clientRowId: string,
  ): Promise<void> {
    await this.transactions.run(caller.within(organization), async (transaction) => {
      const { clientId } = await this.getRow(transaction, organization, setupId, clientRowId);
      await this.clients.delete(caller, organization, clientId);
    });
  }

  /** @throws DomainError `not_found` when there is no such setup at that moment */
  private async findSetup(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    moment: Moment,
  ): Promise<Pick<Setup, 'id' | 'isDefault' | 'clientDefaults'>> {
    const snapshot = await this.snapshots.find(caller, organization, 'setup', setupId, {
      ...moment,
      // A client may be older than the setup that shows it.
      at: moment.at instanceof Date ? undefined : moment.at,
    });
    if (!snapshot) throw notFound('setup');
    const setup = await this.transactions.read(caller.within(organization), (manager) =>
      manager.findOneBy(Setup, { organizationId: organization.id, id: setupId }),
    );
    return setup ?? { ...(snapshot.state as SetupState), id: setupId, isDefault: false };
  }

  private async settle(
    transaction: Transaction,
    caller: Principal,
    client: Client,
    action: string,
    details: object,
  ): Promise<void> {
    transaction.announce('client', client.clientId);
    await this.audit.record(transaction, caller.actor, {
      organizationId: client.organizationId,
      action,
      targetType: 'client',
      targetId: client.clientId,
      details,
    });
  }
}

/** The clients of a setup; the default one also shows those that were made without one. */
export function clientsIn(manager: EntityManager, { id, isDefault, organizationId }: Setup) {
  return manager
    .createQueryBuilder(Client, 'client')
    .where('client.organizationId = :organizationId', { organizationId })
    .andWhere(
      new Brackets((where) => {
        where.where('client.setupId = :setupId', { setupId: id });
        if (isDefault) where.orWhere('client.setupId is null');
      }),
    );
}

function isIn(setup: { id: string; isDefault: boolean }, { setupId }: Snapshot): boolean {
  return setupId === setup.id || (setup.isDefault && setupId === null);
}

/** A plan gives back no scope of ours that was taken from the client since. */
function stateToApply(planned: ClientState, before: Client, setup: Setup | null): ClientState {
  const scopes = planned.scopes.filter(
    (scope) => !authorityScopes.has(scope) || before.scopes.includes(scope),
  );
  return { ...withGrantTypes(planned, setup?.clientDefaults), scopes };
}

/** Who names no grant types has those that his setup has at the moment. */
function withGrantTypes(state: ClientState, defaults: ClientDefaults | undefined): ClientState {
  if (!state.inheritsGrantTypes || !defaults) return state;
  return { ...state, grantTypes: grantTypesFor(state.type, defaults) };
}

function toVersion(
  { clientId, state, validFrom }: Snapshot,
  defaults: ClientDefaults | undefined,
): ClientVersion {
  return { clientId: clientId as string, state: withGrantTypes(state as ClientState, defaults), validFrom };
}
