import type { DeliveryWithEvent, WebhookDraft, WebhookEndpoint, WebhookWithSecret } from '#libs/webhooks';
import type {
  DeliveryAnswer,
  WebhookAnswer,
  WebhookBody,
  WebhookChanges,
  WebhookWithSecretAnswer,
} from './webhooks.dto.js';

/** The webhook that a create asks for. */
export function fromWebhook({ url, description, eventTypes, enabled }: WebhookBody): WebhookDraft {
  return { url, description: description ?? null, eventTypes: eventTypes ?? [], enabled: enabled ?? true };
}

/** What is to be changed. */
export function fromWebhookChanges({
  url,
  description,
  eventTypes,
  enabled,
}: WebhookChanges): Partial<WebhookDraft> {
  return {
    ...(url !== undefined && { url }),
    ...(description !== undefined && { description }),
    ...(eventTypes !== undefined && { eventTypes }),
    ...(enabled !== undefined && { enabled }),
  };
}

/** A webhook as it is answered. */
export function toWebhook(endpoint: WebhookEndpoint): WebhookAnswer {
  const { id, url, description, eventTypes, enabled, disabledReason } = endpoint;
  return {
    webhookId: id,
    url,
    description,
    eventTypes,
    enabled,
    disabledReason,
    failingSince: toMoment(endpoint.failingSince),
    oldSecretUntil: toMoment(endpoint.oldSecretUntil),
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  };
}

/** A webhook with its secret. */
export function toWebhookWithSecret({ endpoint, secret }: WebhookWithSecret): WebhookWithSecretAnswer {
  return { ...toWebhook(endpoint), signingSecret: secret };
}

/** A delivery as it is answered. */
export function toDelivery({ delivery, eventType }: DeliveryWithEvent): DeliveryAnswer {
  const { id, eventId, status, attempts, responseStatus, failure } = delivery;
  return {
    deliveryId: id,
    eventId,
    eventType,
    status,
    attempts,
    responseStatus,
    failure,
    createdAt: delivery.createdAt.toISOString(),
    lastAttemptAt: toMoment(delivery.lastAttemptAt),
    nextAttemptAt: toMoment(delivery.nextAttemptAt),
  };
}

function toMoment(moment: Date | null): string | null {
  return moment?.toISOString() ?? null;
}
