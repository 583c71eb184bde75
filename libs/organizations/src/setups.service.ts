import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Clock, invalid, newRowId, notFound, type Page, type PageRequest } from '#libs/common';
import { type Transaction, Transactions } from '#libs/database';
import { mustMayGiveGrantTypes, updateInheritedGrantTypes } from './inherited-grant-types.js';
import { lockOrganization, type OrganizationRef } from './organization.entity.js';
import { RolesService } from './roles.service.js';
import { Setup, type SetupState } from './setup.entity.js';
import { getSetup } from './setup-rows.js';
import { mustRespectCeiling, setupStateOf, usualSetupState } from './setup-state.js';
import type { Snapshot } from './snapshot.entity.js';
import { type FoundParent, type Moment, Snapshots } from './snapshots.js';

/** A setup as it is, was or will be. */
export interface SetupVersion {
  readonly id: string;
  readonly isDefault: boolean;
  readonly state: SetupState;
  readonly validFrom: Date;
}

/** Creates, reads, replaces and plans setups. Their deletion takes their clients along: see SetupRemoval. */
@Injectable()
export class SetupsService {
  constructor(
    private readonly transactions: Transactions,
    private readonly snapshots: Snapshots,
    private readonly roles: RolesService,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @param validFrom when it begins; undefined: now. @throws DomainError `invalid` */
  async create(
    caller: Principal,
    organization: OrganizationRef,
    state: SetupState,
    validFrom: Date | undefined,
  ): Promise<SetupVersion> {
    this.mustNotBePast(validFrom);
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const { settings } = await lockOrganization(transaction.manager, organization);
      mustRespectCeiling(state, settings.maxAccessTokenTtlSeconds);
      const setup = this.newSetup(organization, state, false);
      await transaction.manager.insert(Setup, setup as object);
      return this.settleNew(transaction, caller, organization, setup, validFrom);
    });
  }

  /** Pages through the setups; makes the default one first, if the organization has none. */
  async list(
    caller: Principal,
    organization: OrganizationRef,
    filter: Moment & { readonly contains: object },
    page: PageRequest,
  ): Promise<Page<FoundParent>> {
    await this.ensureDefault(caller, organization);
    return this.snapshots.search(caller, organization, { ...filter, kind: 'setup' }, page);
  }

  /** @throws DomainError `not_found`, for a setup of another organization as for none at all */
  async get(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    moment: Moment,
  ): Promise<SetupVersion> {
    const snapshot = await this.snapshots.find(caller, organization, 'setup', setupId, moment);
    if (!snapshot) throw notFound('setup');
    const setup = await this.transactions.read(caller.within(organization), (manager) =>
      manager.findOneBy(Setup, { organizationId: organization.id, id: setupId }),
    );
    return toVersion(snapshot, setup?.isDefault ?? false);
  }

  /** Pages through what the setup was, is and will be. @throws DomainError `not_found` */
  async listSnapshots(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    includesDeleted: boolean,
    page: PageRequest,
  ): Promise<Page<Snapshot>> {
    await this.get(caller, organization, setupId, { at: 'any', includesDeleted });
    return this.snapshots.list(caller, organization, setupId, includesDeleted, page);
  }

  /** @throws DomainError `not_found` */
  async getSnapshot(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    snapshotId: string,
    includesDeleted: boolean,
  ): Promise<SetupVersion> {
    const { isDefault } = await this.get(caller, organization, setupId, { at: 'any', includesDeleted });
    return toVersion(
      await this.snapshots.get(caller, organization, setupId, snapshotId, includesDeleted),
      isDefault,
    );
  }

  /**
   * Replaces a setup now, or plans to.
   *
   * @throws DomainError `not_found`, `invalid`; `forbidden` when clients of more rights than the caller's would get a
   *   grant type
   */
  async replace(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    state: SetupState,
    validFrom: Date | undefined,
  ): Promise<SetupVersion> {
    this.mustNotBePast(validFrom);
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const { settings } = await lockOrganization(transaction.manager, organization);
      mustRespectCeiling(state, settings.maxAccessTokenTtlSeconds);
      const { manager } = transaction;
      const setup = await getSetup(manager, organization, setupId);
      const { customerId } = organization;
      await mustMayGiveGrantTypes(manager, caller, { id: setup.id, customerId }, state, () =>
        this.roles.grantContext(manager, organization),
      );
      if (validFrom) return this.plan(transaction, caller, organization, setup, state, validFrom);
      return this.replaceNow(transaction, caller, organization, setup, state, undefined);
    });
  }

  /** Puts a planned state in force. The organization is locked by then. */
  async apply(transaction: Transaction, organization: OrganizationRef, snapshot: Snapshot): Promise<void> {
    const setup = await getSetup(transaction.manager, organization, snapshot.parentId);
    const caller = Principal.system('schedule');
    await this.replaceNow(transaction, caller, organization, setup, snapshot.state as SetupState, snapshot);
  }

  /** The setup as it is in force; within a transaction. @throws DomainError `not_found` */
  async getInForce(transaction: Transaction, organization: OrganizationRef, setupId: string): Promise<Setup> {
    const setup = await getSetup(transaction.manager, organization, setupId);
    if (!(await this.snapshots.hasBegun(transaction, setupId))) throw notFound('setup');
    return setup;
  }

  /** Calls off a planned state. @throws DomainError `not_found`, `forbidden` */
  async cancel(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    snapshotId: string,
  ): Promise<void> {
    await this.transactions.run(caller.within(organization), async (transaction) => {
      await lockOrganization(transaction.manager, organization);
      await getSetup(transaction.manager, organization, setupId);
      const { validFrom } = await this.snapshots.cancel(transaction, setupId, snapshotId);
      await this.settle(transaction, caller, organization, setupId, 'setup.change_cancelled', { validFrom });
    });
  }

  /** @throws DomainError `invalid` for a time that has passed */
  mustNotBePast(validFrom: Date | undefined): void {
    if (!validFrom || validFrom > this.clock.now()) return;
    throw invalid('The time has passed.', [{ path: 'validFrom', message: 'must be in the future' }]);
  }

  /** Every organization has a setup for the clients that were made without one: it is made when it is first needed. */
  private async ensureDefault(caller: Principal, organization: OrganizationRef): Promise<void> {
    const scope = caller.within(organization);
    const find = (manager: EntityManager) =>
      manager.findOneBy(Setup, { organizationId: organization.id, isDefault: true });
    if (await this.transactions.read(scope, find)) return;
    await this.transactions.run(scope, async (transaction) => {
      const { name } = await lockOrganization(transaction.manager, organization);
      if (await find(transaction.manager)) return;
      const setup = this.newSetup(organization, usualSetupState(name), true);
      await transaction.manager.insert(Setup, setup as object);
      await this.settleNew(transaction, Principal.system('system'), organization, setup, undefined);
    });
  }

  private newSetup(organization: OrganizationRef, state: SetupState, isDefault: boolean): Setup {
    const now = this.clock.now();
    return {
      ...state,
      id: newRowId(),
      organizationId: organization.id,
      isDefault,
      createdAt: now,
      updatedAt: now,
    };
  }

  private async settleNew(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    setup: Setup,
    validFrom: Date | undefined,
  ): Promise<SetupVersion> {
    const snapshot = await this.snapshot(transaction, setup, setupStateOf(setup), validFrom);
    await this.settle(transaction, caller, organization, setup.id, 'setup.created', {
      ...snapshot.state,
      validFrom: snapshot.validFrom,
    });
    return toVersion(snapshot, setup.isDefault);
  }

  private async plan(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    setup: Setup,
    state: SetupState,
    validFrom: Date,
  ): Promise<SetupVersion> {
    const snapshot = await this.snapshot(transaction, setup, state, validFrom);
    const details = { validFrom, after: state };
    await this.settle(transaction, caller, organization, setup.id, 'setup.change_planned', details);
    return toVersion(snapshot, setup.isDefault);
  }

  private async replaceNow(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    before: Setup,
    state: SetupState,
    planned: Snapshot | undefined,
  ): Promise<SetupVersion> {
    const { manager } = transaction;
    await manager
      .createQueryBuilder()
      .update(Setup)
      .set({ ...state, updatedAt: this.clock.now() } as object)
      .where({ id: before.id, organizationId: organization.id })
      .execute();
    await updateInheritedGrantTypes(manager, before.id, state);
    if (planned) await this.snapshots.markApplied(manager, planned.id);
    const snapshot = planned ?? (await this.snapshot(transaction, before, state, undefined));
    await this.settle(transaction, caller, organization, before.id, 'setup.replaced', {
      before: setupStateOf(before),
      after: state,
    });
    return toVersion(snapshot, before.isDefault);
  }

  private async snapshot(
    transaction: Transaction,
    setup: Setup,
    state: SetupState,
    validFrom: Date | undefined,
  ): Promise<Snapshot> {
    const [snapshot] = this.snapshots.record(transaction, [
      {
        organizationId: setup.organizationId,
        kind: 'setup',
        parentId: setup.id,
        parentCreatedAt: setup.createdAt,
        setupId: null,
        clientId: null,
        state,
        validFrom: validFrom ?? this.clock.now(),
        isInForce: validFrom === undefined,
      },
    ]);
    return snapshot as Snapshot;
  }

  private async settle(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    targetId: string,
    action: string,
    details: object,
  ): Promise<void> {
    // Its defaults are part of what is remembered of every one of its clients.
    transaction.announce('organization', organization.id);
    await this.audit.record(transaction, caller.actor, {
      organizationId: organization.id,
      action,
      targetType: 'setup',
      targetId,
      details,
    });
  }
}

function toVersion({ parentId, state, validFrom }: Snapshot, isDefault: boolean): SetupVersion {
  return { id: parentId, isDefault, state: state as SetupState, validFrom };
}
