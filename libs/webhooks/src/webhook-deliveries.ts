import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Clock, newRowId, notFound, type Page, type PageRequest } from '#libs/common';
import { fetchPage, Transactions } from '#libs/database';
import type { OrganizationRef } from '#libs/organizations';
import { testEventType } from './event-types.js';
import { type DeliveryStatus, WebhookDelivery } from './webhook-delivery.entity.js';
import { WebhookEvent } from './webhook-event.entity.js';
import { webhookTopic } from './webhook-outbox.js';
import { getEndpoint, isRowId } from './webhooks.service.js';

/** A delivery and what it delivers. */
export interface DeliveryWithEvent {
  readonly delivery: WebhookDelivery;
  readonly eventType: string;
}

/** The log of deliveries: what became of them, tests, and repetitions. */
@Injectable()
export class WebhookDeliveries {
  constructor(
    private readonly transactions: Transactions,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `not_found` */
  async list(
    caller: Principal,
    organization: OrganizationRef,
    webhookId: string,
    status: DeliveryStatus | undefined,
    page: PageRequest,
  ): Promise<Page<DeliveryWithEvent>> {
    return this.transactions.read(caller.within(organization), async (manager) => {
      const endpoint = await getEndpoint(manager, organization, webhookId);
      const query = manager
        .createQueryBuilder(WebhookDelivery, 'delivery')
        .where({ endpointId: endpoint.id });
      if (status !== undefined) query.andWhere('delivery.status = :status', { status });
      const { items, nextCursor } = await fetchPage(query, page, (deliveries) =>
        deliveries.innerJoinAndSelect('delivery.event', 'event'),
      );
      return { items: items.map(withEvent), nextCursor };
    });
  }

  /** Has an event delivered that means nothing, whatever types the endpoint asks for. @throws DomainError `not_found` */
  async test(
    caller: Principal,
    organization: OrganizationRef,
    webhookId: string,
  ): Promise<DeliveryWithEvent> {
    const { id: organizationId, customerId } = organization;
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const { manager } = transaction;
      const endpoint = await getEndpoint(manager, organization, webhookId);
      const now = this.clock.now();
      const event = {
        id: newRowId(),
        organizationId,
        type: testEventType,
        data: { customerId, webhookId: endpoint.id },
        occurredAt: now,
      };
      await this.record(transaction, caller, organizationId, 'webhook.tested', endpoint.id);
      await manager.insert(WebhookEvent, event);
      const delivery: WebhookDelivery = {
        id: newRowId(),
        organizationId,
        endpointId: endpoint.id,
        eventId: event.id,
        status: 'pending',
        attempts: 0,
        nextAttemptAt: now,
        lastAttemptAt: null,
        responseStatus: null,
        failure: null,
        createdAt: now,
      };
      await manager.insert(WebhookDelivery, delivery as object);
      transaction.announce(webhookTopic, organizationId);
      return { delivery, eventType: event.type };
    });
  }

  /**
   * Delivers the same event once more, under the same `webhook-id`, with the whole schedule of attempts before it.
   *
   * @throws DomainError `not_found`
   */
  async redeliver(
    caller: Principal,
    organization: OrganizationRef,
    webhookId: string,
    deliveryId: string,
  ): Promise<DeliveryWithEvent> {
    const organizationId = organization.id;
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const { manager } = transaction;
      const endpoint = await getEndpoint(manager, organization, webhookId);
      const delivery = isRowId(deliveryId)
        ? await manager.findOne(WebhookDelivery, {
            where: { id: deliveryId, endpointId: endpoint.id },
            relations: { event: true },
          })
        : null;
      if (!delivery) throw notFound('delivery');
      const set = { status: 'pending' as const, attempts: 0, nextAttemptAt: this.clock.now() };
      await this.record(transaction, caller, organizationId, 'webhook.redelivered', endpoint.id);
      await manager.update(WebhookDelivery, { id: delivery.id }, set);
      transaction.announce(webhookTopic, organizationId);
      return withEvent({ ...delivery, ...set });
    });
  }

  private async record(
    transaction: Parameters<AuditLog['record']>[0],
    caller: Principal,
    organizationId: string,
    action: string,
    targetId: string,
  ): Promise<void> {
    await this.audit.record(transaction, caller.actor, {
      organizationId,
      action,
      targetType: 'webhook',
      targetId,
    });
  }
}

function withEvent(delivery: WebhookDelivery): DeliveryWithEvent {
  return { delivery, eventType: delivery.event?.type ?? '' };
}
