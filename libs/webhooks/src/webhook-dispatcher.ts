import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Clock, Settings } from '#libs/common';
import { ChangeFeed, Housekeeping } from '#libs/database';
import { type AttemptResult, type ClaimedDelivery, DeliveryQueue } from './delivery-queue.js';
import { SigningSecrets } from './signing-secrets.js';
import { webhookTopic } from './webhook-outbox.js';
import { WebhookSender } from './webhook-sender.js';

const everyMs = 1_000;
const mostUnderWay = 64;
/** So that a slow endpoint holds up nobody but itself. */
const mostPerEndpoint = 4;
const keptDays = 30;

/** Delivers what is due: as soon as it is committed, and once a second what was left. */
@Injectable()
export class WebhookDispatcher implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  /** How many attempts ended how, since the start. */
  readonly results: Record<AttemptResult, number> = { delivered: 0, retry: 0, failed: 0 };
  private readonly logger = new Logger(WebhookDispatcher.name);
  private readonly underWay = new Map<string, number>();
  private readonly attempts = new Set<Promise<void>>();
  private readonly stop = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private claiming: Promise<void> | undefined;
  private isAskedAgain = false;
  private isStopping = false;

  constructor(
    private readonly queue: DeliveryQueue,
    private readonly sender: WebhookSender,
    private readonly secrets: SigningSecrets,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
    housekeeping: Housekeeping,
  ) {
    // Their deliveries go with them.
    housekeeping.deleteWhere('webhook_event', `occurred_at < now() - interval '${keptDays} days'`);
    housekeeping.emptyWhere('webhook_endpoint', 'sealed_old_secret', 'old_secret_until < now()');
  }

  onApplicationBootstrap(): void {
    this.feed.subscribe(webhookTopic, () => this.wake());
    this.timer = setInterval(() => this.wake(), everyMs).unref();
  }

  /** Takes no more; what is under way may still take the time of grace. */
  onModuleDestroy(): void {
    this.isStopping = true;
    clearInterval(this.timer);
    setTimeout(() => this.stop.abort(), this.settings.shutdownGraceSeconds * 1000).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.claiming;
    await Promise.allSettled(this.attempts);
  }

  /** Looks for deliveries that are due, now or as soon as it is done with looking. */
  wake(): void {
    if (this.isStopping) return;
    if (this.claiming !== undefined) {
      this.isAskedAgain = true;
      return;
    }
    this.isAskedAgain = false;
    this.claiming = this.claim()
      .catch((error: Error) => this.logger.debug(`Webhooks have to wait: ${error.message}`))
      .finally(() => {
        this.claiming = undefined;
        if (this.isAskedAgain) this.wake();
      });
  }

  private async claim(): Promise<void> {
    const room = mostUnderWay - this.attempts.size;
    if (room <= 0) return;
    const claimed = await this.queue.claim(room, mostPerEndpoint, this.underWay);
    for (const delivery of claimed) this.begin(delivery);
  }

  private begin(delivery: ClaimedDelivery): void {
    const { endpointId } = delivery;
    this.underWay.set(endpointId, (this.underWay.get(endpointId) ?? 0) + 1);
    const attempt = this.attempt(delivery)
      .catch((error: Error) =>
        this.logger.warn(`The delivery ${delivery.id} has to be repeated: ${error.message}`),
      )
      .finally(() => {
        const left = (this.underWay.get(endpointId) ?? 1) - 1;
        if (left === 0) this.underWay.delete(endpointId);
        else this.underWay.set(endpointId, left);
        this.attempts.delete(attempt);
        this.wake();
      });
    this.attempts.add(attempt);
  }

  private async attempt(delivery: ClaimedDelivery): Promise<void> {
    const { endpointId, url, eventId, type, data, occurredAt } = delivery;
    const now = this.clock.now();
    const timestamp = Math.floor(now.getTime() / 1000);
    const body = JSON.stringify({ type, timestamp: occurredAt.toISOString(), data });
    const signature = this.secrets.sign({ ...delivery, id: endpointId }, eventId, timestamp, body, now);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Clientele-Webhooks',
      'webhook-id': eventId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature,
    };
    const outcome = await this.sender.send({ url, headers, body }, this.stop.signal);
    if (outcome.status === null && this.stop.signal.aborted) return this.queue.giveBack(delivery);
    this.results[await this.queue.settle(delivery, outcome)]++;
  }
}
