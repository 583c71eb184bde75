import type { Client } from '#libs/clients';
import { type Happening, type WebhookEventType, webhookEventTypes } from '#libs/webhooks';
import type { Credential } from './credential.entity.js';

const known: ReadonlySet<string> = new Set(webhookEventTypes);

/**
 * What webhooks are told of an action of the audit log. An issued credential is created; where it takes the place of
 * another, that one is rotated as well.
 */
export function happeningsOf(
  { clientId }: Pick<Client, 'clientId'>,
  action: string,
  credential: Credential,
  more: object,
): Happening[] {
  const { id, name, kind, hint, createdAt, expiresAt, retiresAt, replaces } = credential;
  const data = {
    clientId,
    credentialId: id,
    name,
    kind,
    hint,
    createdAt,
    expiresAt,
    retiresAt,
    replaces,
    ...more,
  };
  if (action !== 'credential.issued') {
    return known.has(action) ? [{ type: action as WebhookEventType, data }] : [];
  }
  const created: Happening = { type: 'credential.created', data };
  return replaces === null ? [created] : [created, { type: 'credential.rotated', data }];
}
