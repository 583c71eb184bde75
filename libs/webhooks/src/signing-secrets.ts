import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Sealer } from '#libs/common';
import type { WebhookEndpoint } from './webhook-endpoint.entity.js';

const prefix = 'whsec_';
const purpose = 'webhook-secret';

/** The secrets of an endpoint as they are stored. */
export type SealedSecrets = Pick<
  WebhookEndpoint,
  'id' | 'sealedSecret' | 'sealedOldSecret' | 'oldSecretUntil'
>;

/** The secrets by which receivers verify deliveries: made, sealed, and used to sign (Standard Webhooks 1.0). */
@Injectable()
export class SigningSecrets {
  constructor(private readonly sealer: Sealer) {}

  /** @returns the secret as it is told once, `whsec_<base64>`, and as it is stored */
  make(endpointId: string): { secret: string; sealed: string } {
    const bytes = randomBytes(32);
    return {
      secret: prefix + bytes.toString('base64'),
      sealed: this.sealer.seal(purpose, endpointId, bytes),
    };
  }

  /**
   * The value of `webhook-signature`: one signature for each secret that counts, separated by spaces.
   *
   * @param timestamp seconds since the epoch, as `webhook-timestamp` has it
   * @throws SealError when a secret can't be opened
   */
  sign(endpoint: SealedSecrets, eventId: string, timestamp: number, body: string, now: Date): string {
    const { id, sealedSecret, sealedOldSecret, oldSecretUntil } = endpoint;
    const isOldInForce = sealedOldSecret !== null && oldSecretUntil !== null && oldSecretUntil > now;
    const secrets = isOldInForce ? [sealedSecret, sealedOldSecret] : [sealedSecret];
    return secrets
      .map((sealed) => createHmac('sha256', this.sealer.open(purpose, id, sealed)))
      .map((hmac) => `v1,${hmac.update(`${eventId}.${timestamp}.${body}`).digest('base64')}`)
      .join(' ');
  }

  /** The name of the master key that seals new ones. */
  get masterKeyId(): string {
    return this.sealer.currentKeyId;
  }

  /** Whether the sealed secret is under the master key that seals new ones. */
  isCurrent(sealed: string): boolean {
    return this.sealer.isCurrent(sealed);
  }

  /** Seals a stored secret under the current master key. @throws SealError when it can't be opened */
  rewrap(endpointId: string, sealed: string): string {
    return this.sealer.seal(purpose, endpointId, this.sealer.open(purpose, endpointId, sealed));
  }
}
