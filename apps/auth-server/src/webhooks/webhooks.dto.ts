import { ApiProperty } from '@nestjs/swagger';
import { webhookEventTypes } from '#libs/webhooks';
import { PageQuery } from '../customers/paged.interceptor.js';
import { Choice, Flag, ListOf, Text, WholeNumber } from '../http/fields.js';

const url = {
  min: 1,
  max: 2048,
  description:
    'https, without user name, password and fragment. It may not lead to a private or special address, now or at a ' +
    'delivery, unless the operator allows it.',
  example: 'https://hooks.example.com/clientele',
} as const;
const description = {
  optional: true,
  nullable: true,
  example: 'expiring secrets to the on-call channel',
} as const;
const eventTypes = {
  optional: true,
  unique: true,
  choices: webhookEventTypes,
  description: 'The only types that are delivered; empty: all.',
  example: ['credential.expiring', 'credential.leaked'],
} as const;
const statuses = ['pending', 'delivered', 'failed'] as const;

/** A webhook to create. */
export class WebhookBody {
  @Text(url)
  url: string;

  @Text({ ...description, default: null })
  description?: string | null;

  @ListOf(String, { ...eventTypes, default: [] })
  eventTypes?: string[];

  @Flag({ optional: true, default: true, example: true })
  enabled?: boolean;
}

/** What to change of a webhook; what is left out stays. */
export class WebhookChanges {
  @Text({ ...url, optional: true })
  url?: string;

  @Text(description)
  description?: string | null;

  @ListOf(String, eventTypes)
  eventTypes?: string[];

  @Flag({
    optional: true,
    description:
      'True delivers what was still to be delivered when it was disabled, and what comes from now on.',
    example: true,
  })
  enabled?: boolean;
}

/** How to rotate a signing secret. */
export class SecretRotationBody {
  @WholeNumber({
    optional: true,
    min: 0,
    max: 604_800,
    description: 'How long deliveries are signed with the old secret as well; 86400 when left out.',
    example: 86_400,
  })
  overlapSeconds?: number;
}

/** Which deliveries to list. */
export class DeliveriesQuery extends PageQuery {
  @Choice(statuses, { optional: true, example: 'failed' })
  status?: (typeof statuses)[number];
}

const time = { type: String, format: 'date-time', nullable: true, example: null } as const;

/** A webhook without its secret. */
export class WebhookAnswer {
  @ApiProperty({ format: 'uuid', example: '0b8f6a3e-6d6c-4c53-a5d4-7f6c0f4f1f60' })
  webhookId: string;

  @ApiProperty({ example: url.example })
  url: string;

  @ApiProperty({ type: String, nullable: true, example: description.example })
  description: string | null;

  @ApiProperty({ type: [String], enum: webhookEventTypes, example: eventTypes.example })
  eventTypes: string[];

  @ApiProperty({ example: true })
  enabled: boolean;

  @ApiProperty({
    type: String,
    nullable: true,
    enum: ['request', 'gone', 'failing', null],
    description: 'Who disabled it: a request, an answer of 410, or days without a success.',
    example: null,
  })
  disabledReason: string | null;

  @ApiProperty({ ...time, description: 'The first failure after the last success.' })
  failingSince: string | null;

  @ApiProperty({ ...time, description: 'After a rotation: until when the old secret signs as well.' })
  oldSecretUntil: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  createdAt: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  updatedAt: string;
}

/** A webhook with its secret: the only time that it is answered. */
export class WebhookWithSecretAnswer extends WebhookAnswer {
  @ApiProperty({
    required: false,
    description:
      'Verifies the deliveries (Standard Webhooks). Absent when the request is repeated after the window for secrets.',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwq4mT0Zx3c1Y=',
  })
  signingSecret?: string;
}

/** One event on its way to one webhook. */
export class DeliveryAnswer {
  @ApiProperty({ format: 'uuid', example: '5f0c7c3e-2d7c-4a53-8e0d-1c6c0f4f1f61' })
  deliveryId: string;

  @ApiProperty({
    format: 'uuid',
    description: 'The `webhook-id` of the request.',
    example: '7d1c7c3e-2d7c-4a53-8e0d-1c6c0f4f1f62',
  })
  eventId: string;

  @ApiProperty({ enum: [...webhookEventTypes, 'webhook.test'], example: 'credential.expiring' })
  eventType: string;

  @ApiProperty({ enum: statuses, description: '`failed`: given up.', example: 'delivered' })
  status: string;

  @ApiProperty({ type: 'integer', example: 1 })
  attempts: number;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Of the last answer.', example: 204 })
  responseStatus: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why the last attempt failed, in a word: `status`, `timeout`, `address_refused`, `tls`, …',
    example: null,
  })
  failure: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  createdAt: string;

  @ApiProperty(time)
  lastAttemptAt: string | null;

  @ApiProperty(time)
  nextAttemptAt: string | null;
}
