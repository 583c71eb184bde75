import { Inject, Injectable } from '@nestjs/common';
import { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Clock, Settings } from '#libs/common';
import { PlatformDataSource, Transactions } from '#libs/database';
import { delayAfter, parseRetryAfter } from './retry-schedule.js';
import type { DisabledReason } from './webhook-endpoint.entity.js';
import type { Outcome } from './webhook-sender.js';

/** A delivery that this instance has taken to try. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly organizationId: string;
  /** This attempt included. */
  readonly attempts: number;
  readonly endpointId: string;
  readonly url: string;
  readonly sealedSecret: string;
  readonly sealedOldSecret: string | null;
  readonly oldSecretUntil: Date | null;
  readonly eventId: string;
  readonly type: string;
  readonly data: object;
  readonly occurredAt: Date;
}

export type AttemptResult = 'delivered' | 'retry' | 'failed';

/** What waits, for the operator. */
export interface Backlog {
  readonly due: number;
  /** How long the one that is due longest has been so. */
  readonly oldestSeconds: number;
}

/** Longer than an attempt can take: then another instance may try. */
const leaseBeyondTimeoutSeconds = 60;

/** The endpoints with something to deliver, found one by one in the index, however much there is for each. */
const waitingEndpoints = `
  with recursive waiting as (
    (select endpoint_id from webhook_delivery where next_attempt_at is not null order by endpoint_id limit 1)
    union all
    select (select d.endpoint_id from webhook_delivery d
            where d.endpoint_id > w.endpoint_id and d.next_attempt_at is not null order by d.endpoint_id limit 1)
    from waiting w where w.endpoint_id is not null)`;

/*
 * The planner expects so many to wait that it would read all endpoints and deliveries of the server: `limit 1`, and the
 * array in the claim, have it look them up one by one.
 */
const enabledOnes = `waiting w cross join lateral (
      select * from webhook_endpoint where id = w.endpoint_id and enabled limit 1) e`;

const isDueSql = `${waitingEndpoints}
  select 1 from ${enabledOnes}
  where exists (select from webhook_delivery d where d.endpoint_id = e.id and d.next_attempt_at <= $1) limit 1`;

const claimSql = `${waitingEndpoints},
  claimed as (
    select d.id, e.id as endpoint_id, e.url, e.sealed_secret, e.sealed_old_secret, e.old_secret_until
    from ${enabledOnes}
      left join unnest($4::uuid[], $5::integer[]) as busy (id, count) on busy.id = e.id
      cross join lateral (
        select id, next_attempt_at from webhook_delivery
        where endpoint_id = e.id and next_attempt_at <= $1
        order by next_attempt_at limit greatest(0, $3::integer - coalesce(busy.count, 0)) for update skip locked) d
    order by d.next_attempt_at limit $2)
  update webhook_delivery d set attempts = d.attempts + 1, last_attempt_at = $1, next_attempt_at = $6
  from claimed c, webhook_event v
  where d.id = any(array(select id from claimed)) and d.id = c.id and v.id = d.event_id
  returning d.id, d.organization_id as "organizationId", d.attempts, c.endpoint_id as "endpointId", c.url,
    c.sealed_secret as "sealedSecret", c.sealed_old_secret as "sealedOldSecret",
    c.old_secret_until as "oldSecretUntil", v.id as "eventId", v.type, v.data, v.occurred_at as "occurredAt"`;

/** Hands out deliveries to the instances, each to one at a time, and writes down what became of them. */
@Injectable()
export class DeliveryQueue {
  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly transactions: Transactions,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * Takes deliveries that are due. Who takes one and dies leaves it to the others after a while.
   *
   * @param room how many at most
   * @param roomPerEndpoint how many of one endpoint may be under way here
   * @param busy how many are, by endpoint
   */
  async claim(
    room: number,
    roomPerEndpoint: number,
    busy: ReadonlyMap<string, number>,
  ): Promise<readonly ClaimedDelivery[]> {
    const now = this.clock.now();
    const isDue = await this.dataSource.query<unknown[]>(isDueSql, [now.toISOString()]);
    if (isDue.length === 0) return [];
    const leaseMs = (this.settings.webhookTimeoutSeconds + leaseBeyondTimeoutSeconds) * 1000;
    const [claimed] = await this.dataSource.query<[ClaimedDelivery[], number]>(claimSql, [
      now.toISOString(),
      room,
      roomPerEndpoint,
      [...busy.keys()],
      [...busy.values()],
      new Date(now.getTime() + leaseMs).toISOString(),
    ]);
    return claimed;
  }

  /** Writes down what came of an attempt, and plans the next one. Late news of an attempt that was given up is nothing. */
  async settle(delivery: ClaimedDelivery, outcome: Outcome): Promise<AttemptResult> {
    const { organizationId, endpointId } = delivery;
    const now = this.clock.now();
    const { status } = outcome;
    const isDelivered = status !== null && status >= 200 && status < 300;
    const retryAfter = parseRetryAfter(outcome.retryAfter, now.getTime());
    const delay =
      isDelivered || status === 410 ? undefined : delayAfter(delivery.attempts, retryAfter, Math.random());
    const result = isDelivered ? 'delivered' : delay === undefined ? 'failed' : 'retry';
    await this.transactions.run({ organizationId }, async (transaction) => {
      const { manager } = transaction;
      const next = delay === undefined ? null : new Date(now.getTime() + delay * 1000);
      await manager.query(
        `update webhook_delivery set status = $3, next_attempt_at = $4, response_status = $5, failure = $6
         where id = $1 and attempts = $2`,
        [
          delivery.id,
          delivery.attempts,
          result === 'retry' ? 'pending' : result,
          next,
          status,
          isDelivered ? null : (outcome.failure ?? 'status'),
        ],
      );
      if (isDelivered) {
        await manager.query(
          'update webhook_endpoint set failing_since = null where id = $1 and failing_since is not null',
          [endpointId],
        );
        return;
      }
      await manager.query(
        'update webhook_endpoint set failing_since = $2 where id = $1 and failing_since is null',
        [endpointId, now],
      );
    });
    if (!isDelivered) await this.disableHopeless(delivery, status === 410, now);
    return result;
  }

  /** Gives an attempt back that could not be finished, as if it had not begun. */
  async giveBack({ id, organizationId, attempts }: ClaimedDelivery): Promise<void> {
    await this.transactions.run({ organizationId }, async ({ manager }) => {
      await manager.query(
        'update webhook_delivery set attempts = attempts - 1, next_attempt_at = $3 where id = $1 and attempts = $2',
        [id, attempts, this.clock.now()],
      );
    });
  }

  /** What is due and not taken. */
  async backlog(): Promise<Backlog> {
    const now = this.clock.now();
    const [found] = await this.dataSource.query<Backlog[]>(
      `select count(*)::integer as due,
           coalesce(extract(epoch from $1::timestamptz - min(d.next_attempt_at)), 0)::float as "oldestSeconds"
         from webhook_delivery d join webhook_endpoint e on e.id = d.endpoint_id and e.enabled
         where d.next_attempt_at <= $1`,
      [now.toISOString()],
    );
    return found as Backlog;
  }

  private async disableHopeless(
    { organizationId, endpointId }: ClaimedDelivery,
    isGone: boolean,
    now: Date,
  ): Promise<void> {
    const reason: DisabledReason = isGone ? 'gone' : 'failing';
    const since = new Date(now.getTime() - this.settings.webhookDisableAfterDays * 86_400_000);
    await this.transactions.run({ organizationId }, async (transaction) => {
      const [, disabled] = await transaction.manager.query<[unknown[], number]>(
        `update webhook_endpoint set enabled = false, disabled_reason = $2, updated_at = $3
         where id = $1 and enabled and ($4 or failing_since <= $5)`,
        [endpointId, reason, now, isGone, since],
      );
      if (!disabled) return;
      await this.audit.record(transaction, Principal.system('schedule').actor, {
        organizationId,
        action: 'webhook.disabled',
        targetType: 'webhook',
        targetId: endpointId,
        details: { reason },
      });
    });
  }
}
