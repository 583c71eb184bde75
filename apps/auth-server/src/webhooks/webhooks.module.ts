import { Module } from '@nestjs/common';
import { IdempotencyModule } from '#libs/idempotency';
import { WebhookDeliveryModule, WebhooksModule } from '#libs/webhooks';
import { DeliveriesController } from './deliveries.controller.js';
import { WebhookMetrics } from './webhook-metrics.js';
import { WebhooksController } from './webhooks.controller.js';

/** The native admin API: webhooks and their deliveries. */
@Module({
  imports: [WebhooksModule, WebhookDeliveryModule, IdempotencyModule],
  controllers: [WebhooksController, DeliveriesController],
  providers: [WebhookMetrics],
})
export class CustomerWebhooksModule {}
