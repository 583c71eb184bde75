import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Clock, conflict, newRowId, notFound, type Page, type PageRequest } from '#libs/common';
import { fetchPage, type Transaction, Transactions } from '#libs/database';
import { lockOrganization, type OrganizationRef } from '#libs/organizations';
import { AddressRule } from './address-rule.js';
import { SigningSecrets } from './signing-secrets.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';

const mostEndpoints = 10;
const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a caller may say of an endpoint. */
export interface WebhookDraft {
  readonly url: string;
  readonly description: string | null;
  readonly eventTypes: readonly string[];
  readonly enabled: boolean;
}

/** An endpoint with its secret: the only time that the secret is seen. */
export interface WebhookWithSecret {
  readonly endpoint: WebhookEndpoint;
  readonly secret: string;
}

/** Creates, reads, changes and deletes the endpoints of an organization. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly transactions: Transactions,
    private readonly addresses: AddressRule,
    private readonly secrets: SigningSecrets,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `invalid` for a URL that may not be reached, `conflict` beyond ten endpoints */
  async create(
    caller: Principal,
    organization: OrganizationRef,
    draft: WebhookDraft,
  ): Promise<WebhookWithSecret> {
    await this.addresses.mustBeReachable(draft.url);
    return this.transactions.run(caller.within(organization), async (transaction) => {
      await lockOrganization(transaction.manager, organization);
      const count = await transaction.manager.countBy(WebhookEndpoint, { organizationId: organization.id });
      if (count >= mostEndpoints) {
        throw conflict(`The customer has ${count} webhooks, as many as it may.`, 'too_many_webhooks');
      }
      const id = newRowId();
      const now = this.clock.now();
      const { secret, sealed } = this.secrets.make(id);
      const endpoint: WebhookEndpoint = {
        id,
        organizationId: organization.id,
        url: draft.url,
        description: draft.description,
        eventTypes: [...draft.eventTypes],
        enabled: draft.enabled,
        disabledReason: draft.enabled ? null : 'request',
        sealedSecret: sealed,
        sealedOldSecret: null,
        oldSecretUntil: null,
        failingSince: null,
        createdAt: now,
        updatedAt: now,
      };
      await transaction.manager.insert(WebhookEndpoint, endpoint as object);
      await this.record(transaction, caller, endpoint, 'webhook.created');
      return { endpoint, secret };
    });
  }

  async list(
    caller: Principal,
    organization: OrganizationRef,
    page: PageRequest,
  ): Promise<Page<WebhookEndpoint>> {
    return this.transactions.read(caller.within(organization), (manager) => {
      const query = manager.createQueryBuilder(WebhookEndpoint, 'endpoint');
      return fetchPage(query.where('endpoint.organizationId = :id', { id: organization.id }), page);
    });
  }

  /** @throws DomainError `not_found` */
  async get(caller: Principal, organization: OrganizationRef, webhookId: string): Promise<WebhookEndpoint> {
    return this.transactions.read(caller.within(organization), (manager) =>
      getEndpoint(manager, organization, webhookId),
    );
  }

  /**
   * Changes what is given; what is left out stays. Enabling one delivers what was not delivered when it was disabled.
   *
   * @throws DomainError `not_found`, `invalid` for a URL that may not be reached
   */
  async update(
    caller: Principal,
    organization: OrganizationRef,
    webhookId: string,
    changes: Partial<WebhookDraft>,
  ): Promise<WebhookEndpoint> {
    if (changes.url !== undefined) await this.addresses.mustBeReachable(changes.url);
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const { manager } = transaction;
      const before = await lockEndpoint(manager, organization, webhookId);
      const { url = before.url, description = before.description, enabled = before.enabled } = changes;
      const isSwitched = enabled !== before.enabled;
      const set = {
        url,
        description,
        enabled,
        eventTypes: [...(changes.eventTypes ?? before.eventTypes)],
        updatedAt: this.clock.now(),
        ...(isSwitched && { disabledReason: enabled ? null : ('request' as const), failingSince: null }),
      };
      await manager.update(WebhookEndpoint, { id: before.id }, set);
      const after = { ...before, ...set };
      await this.record(transaction, caller, after, 'webhook.updated');
      return after;
    });
  }

  /** Deletes an endpoint with its deliveries. @throws DomainError `not_found` */
  async delete(caller: Principal, organization: OrganizationRef, webhookId: string): Promise<void> {
    await this.transactions.run(caller.within(organization), async (transaction) => {
      const { manager } = transaction;
      const endpoint = await getEndpoint(manager, organization, webhookId);
      // The audit log first: who emits an event holds it while it locks the endpoint.
      await this.record(transaction, caller, endpoint, 'webhook.deleted');
      const { affected } = await manager.delete(WebhookEndpoint, { id: endpoint.id });
      if (!affected) throw notFound('webhook');
    });
  }

  /**
   * Gives an endpoint a new secret; deliveries are signed with the old one too for the overlap.
   *
   * @throws DomainError `not_found`
   */
  async rotateSecret(
    caller: Principal,
    organization: OrganizationRef,
    webhookId: string,
    overlapSeconds: number,
  ): Promise<WebhookWithSecret> {
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const { manager } = transaction;
      const before = await lockEndpoint(manager, organization, webhookId);
      const now = this.clock.now();
      const { secret, sealed } = this.secrets.make(before.id);
      const hasOverlap = overlapSeconds > 0;
      const set = {
        sealedSecret: sealed,
        sealedOldSecret: hasOverlap ? before.sealedSecret : null,
        oldSecretUntil: hasOverlap ? new Date(now.getTime() + overlapSeconds * 1000) : null,
        updatedAt: now,
      };
      await manager.update(WebhookEndpoint, { id: before.id }, set);
      const endpoint = { ...before, ...set };
      await this.record(transaction, caller, endpoint, 'webhook.secret_rotated');
      return { endpoint, secret };
    });
  }

  private async record(
    transaction: Transaction,
    caller: Principal,
    { id, organizationId, url, eventTypes, enabled }: WebhookEndpoint,
    action: string,
  ): Promise<void> {
    await this.audit.record(transaction, caller.actor, {
      organizationId,
      action,
      targetType: 'webhook',
      targetId: id,
      // The rest of the URL may contain a secret of the receiver's.
      details: { origin: new URL(url).origin, eventTypes, enabled },
    });
  }
}

/** @throws DomainError `not_found` */
export async function getEndpoint(
  manager: EntityManager,
  organization: OrganizationRef,
  webhookId: string,
): Promise<WebhookEndpoint> {
  const endpoint = isRowId(webhookId)
    ? await manager.findOneBy(WebhookEndpoint, { id: webhookId, organizationId: organization.id })
    : null;
  if (!endpoint) throw notFound('webhook');
  return endpoint;
}

/** Locks an endpoint against change, and not against events that come for it. @throws DomainError `not_found` */
async function lockEndpoint(
  manager: EntityManager,
  organization: OrganizationRef,
  webhookId: string,
): Promise<WebhookEndpoint> {
  const endpoint = isRowId(webhookId)
    ? await manager.findOne(WebhookEndpoint, {
        where: { id: webhookId, organizationId: organization.id },
        lock: { mode: 'for_no_key_update' },
      })
    : null;
  if (!endpoint) throw notFound('webhook');
  return endpoint;
}

/** Whether it may be the id of a row at all: anything else would be an error of the database. */
export function isRowId(id: string): boolean {
  return idPattern.test(id);
}
