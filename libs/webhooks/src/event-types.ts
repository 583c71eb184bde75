/** Every type of event that an endpoint may ask for. */
export const webhookEventTypes = [
  'client.created',
  'client.updated',
  'client.enabled',
  'client.disabled',
  'client.deleted',
  'credential.created',
  'credential.updated',
  'credential.rotated',
  'credential.retiring',
  'credential.rotation_cancelled',
  'credential.retired',
  'credential.retirement_undone',
  'credential.used_after_retirement',
  'credential.expiring',
  'credential.expired',
  'credential.revoked',
  'credential.leaked',
] as const;

export type WebhookEventType = (typeof webhookEventTypes)[number];

/** What a test delivers; it comes whatever types the endpoint asks for. */
export const testEventType = 'webhook.test';
