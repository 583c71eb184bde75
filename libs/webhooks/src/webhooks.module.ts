import { Module } from '@nestjs/common';
import { AddressRule } from './address-rule.js';
import { DeliveryQueue } from './delivery-queue.js';
import { WebhookSecretRewrapper } from './secret-rewrapper.js';
import { SigningSecrets } from './signing-secrets.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { WebhookDispatcher } from './webhook-dispatcher.js';
import { WebhookOutbox } from './webhook-outbox.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhooksService } from './webhooks.service.js';

/** The endpoints of organizations, and the events on their way there. */
@Module({
  providers: [
    AddressRule,
    SigningSecrets,
    WebhookDeliveries,
    WebhookOutbox,
    WebhookSecretRewrapper,
    WebhooksService,
  ],
  exports: [
    AddressRule,
    SigningSecrets,
    WebhookDeliveries,
    WebhookOutbox,
    WebhookSecretRewrapper,
    WebhooksService,
  ],
})
export class WebhooksModule {}

/** What delivers: for servers, and not for the command line. */
@Module({
  imports: [WebhooksModule],
  providers: [DeliveryQueue, WebhookDispatcher, WebhookSender],
  exports: [DeliveryQueue, WebhookDispatcher],
})
export class WebhookDeliveryModule {}
