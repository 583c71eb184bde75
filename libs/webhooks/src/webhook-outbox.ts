import { Injectable } from '@nestjs/common';
import { Clock, newRowId } from '#libs/common';
import type { Transaction } from '#libs/database';
import type { WebhookEventType } from './event-types.js';

/** Something that happened to a thing of an organization. */
export interface Happening {
  readonly type: WebhookEventType;
  /** What the receiver is told: names, ids, times, hints; never a secret or a hash of one. */
  readonly data: object;
}

/** The topic of the change feed under which every instance hears that there is something to deliver. */
export const webhookTopic = 'webhook';

/*
 * The endpoints are locked against deletion alone, so that a delivery never refers to one that is gone by the time it
 * is committed; what is being deleted is waited for and then left out.
 */
const statement = `
  with happening as (
      select * from unnest($2::uuid[], $3::text[], $4::jsonb[]) as h (id, type, data)),
    wanting as (
      select id, event_types from webhook_endpoint
      where organization_id = $1 and enabled and (event_types = '{}' or event_types && $3) order by id for key share),
    planned as (
      select gen_random_uuid() as id, happening.id as event_id, wanting.id as endpoint_id
      from happening join wanting on wanting.event_types = '{}' or happening.type = any(wanting.event_types)),
    written as (
      insert into webhook_event (id, organization_id, type, data, occurred_at)
      select h.id, o.id, h.type, jsonb_build_object('customerId', o.customer_id) || h.data, $5
      from happening h join organization o on o.id = $1
      where h.id in (select event_id from planned)
      returning id)
  insert into webhook_delivery (id, organization_id, endpoint_id, event_id, status, attempts, next_attempt_at, created_at)
  select p.id, $1, p.endpoint_id, p.event_id, 'pending', 0, $5, $5 from planned p join written w on w.id = p.event_id
  returning 1`;

/** Writes events into the transaction in which they happen, for whoever wants to know: both are committed, or none. */
@Injectable()
export class WebhookOutbox {
  constructor(private readonly clock: Clock) {}

  /**
   * Has one event delivered to the endpoints of the organization that ask for its type. Call it after the audit log
   * has the event: who deletes an endpoint takes the locks in that order too.
   */
  async emit(transaction: Transaction, organizationId: string, happening: Happening): Promise<void> {
    await this.emitAll(transaction, organizationId, [happening]);
  }

  /** As `emit`, for several events of one organization in one statement. */
  async emitAll(
    transaction: Transaction,
    organizationId: string,
    happenings: readonly Happening[],
  ): Promise<void> {
    if (happenings.length === 0) return;
    const written = await transaction.manager.query<unknown[]>(statement, [
      organizationId,
      happenings.map(() => newRowId()),
      happenings.map(({ type }) => type),
      happenings.map(({ data }) => JSON.stringify(data)),
      this.clock.now(),
    ]);
    if (written.length > 0) transaction.announce(webhookTopic, organizationId);
  }
}
