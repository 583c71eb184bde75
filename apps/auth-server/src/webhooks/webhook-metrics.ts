import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { DeliveryQueue, WebhookDispatcher } from '#libs/webhooks';

/** Figures of the webhooks: what this instance delivered, and what waits for any of them. */
@Injectable()
export class WebhookMetrics {
  constructor(queue: DeliveryQueue, dispatcher: WebhookDispatcher, @Inject(Registry) registry: Registry) {
    new Counter({
      name: 'webhook_deliveries_total',
      help: 'Attempts to deliver a webhook, by what came of them.',
      labelNames: ['result'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [result, count] of Object.entries(dispatcher.results)) this.inc({ result }, count);
      },
    });
    const due = new Gauge({
      name: 'webhook_outbox_due',
      help: 'Deliveries that are due and that no instance has taken.',
      registers: [registry],
    });
    new Gauge({
      name: 'webhook_outbox_age_seconds',
      help: 'How long the delivery that is due longest has been so.',
      registers: [registry],
      async collect() {
        try {
          const backlog = await queue.backlog();
          due.set(backlog.due);
          this.set(backlog.oldestSeconds);
        } catch {
          // Whether the database can be reached has figures and a probe of its own.
        }
      },
    });
  }
}
