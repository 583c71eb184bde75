import { ApiProperty } from '@nestjs/swagger';
import type { AllowedNetworks } from '#libs/common';
import { AllowedNetworksBody, allowedNetworks } from '../customers/allowed-networks.dto.js';
import { PageQuery } from '../customers/paged.interceptor.js';
import { Moment, Nested, Text } from '../http/fields.js';
import { DeliveryBody, deliverTo, sealedSecret } from './delivery.dto.js';

/** What a credential is called. */
export const name = {
  optional: true,
  nullable: true,
  description: 'For people to tell credentials apart.',
  example: 'deploy 2026',
} as const;
/** When a credential is to end. */
export const expiresAt = {
  optional: true,
  nullable: true,
  description: 'In the future; null: never. As the settings of the customer have it when left out.',
  example: '2030-01-31T12:00:00.000Z',
} as const;

/** A credential to create. */
export class NewCredentialBody {
  @Text({ ...name, default: null })
  name?: string | null;

  @Moment(expiresAt)
  expiresAt?: string | null;

  @Text({
    optional: true,
    min: 8,
    max: 256,
    description: 'Generated when left out.',
    example: 'a-secret-of-my-own-choice',
  })
  clientSecret?: string;

  @Nested(AllowedNetworksBody, { ...allowedNetworks, default: null })
  allowedNetworks?: AllowedNetworksBody | null;

  @Nested(DeliveryBody, deliverTo)
  deliverTo?: DeliveryBody;
}

/** What to change of a credential; what is left out stays. */
export class CredentialChanges {
  @Text(name)
  name?: string | null;

  @Moment({ ...expiresAt, description: 'In the future; null: never.' })
  expiresAt?: string | null;

  @Nested(AllowedNetworksBody, allowedNetworks)
  allowedNetworks?: AllowedNetworksBody | null;
}

/** What a list of credentials may be narrowed to, and which page of it. */
export class CredentialsQuery extends PageQuery {
  @Text({
    optional: true,
    pattern: /^[1-9]\d{0,4}[smhdw]$/,
    patternMessage: 'must be a whole number of s, m, h, d or w, such as 30d or 12h',
    description:
      'Only those that work now and will have expired then: seconds, minutes, hours, days or weeks.',
    example: '30d',
  })
  expiringWithin?: string;
}

/** How often a credential was used on one day. */
export class UseOfDay {
  @ApiProperty({ format: 'date', description: 'In UTC.', example: '2026-01-31' })
  day: string;

  @ApiProperty({ type: 'integer', example: 288 })
  count: number;
}

/** A time that may not have come yet. */
export const time = { type: String, format: 'date-time', nullable: true, example: null } as const;

/** From where alone a leaked credential works. */
export class QuarantineAnswer {
  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  since: string;

  @ApiProperty({
    type: [String],
    description:
      'Where it was used before; of IPv6 the networks of 64 bits. Its narrowest list is allowed besides.',
    example: ['192.0.2.7', '2001:db8:0:1::/64'],
  })
  addresses: string[];
}

/** A credential without its secret. */
export class CredentialAnswer {
  @ApiProperty({ format: 'uuid', example: '0b8f6a3e-6d6c-4c53-a5d4-7f6c0f4f1f60' })
  credentialId: string;

  @ApiProperty({ type: String, nullable: true, example: 'deploy 2026' })
  name: string | null;

  @ApiProperty({ enum: ['client_secret', 'public_key'], example: 'client_secret' })
  kind: string;

  @ApiProperty({ enum: ['active', 'retiring', 'retired', 'expired', 'revoked'], example: 'active' })
  status: string;

  @ApiProperty({ description: 'The prefix and the last four characters.', example: 'cls_…q4Xb' })
  hint: string;

  @ApiProperty({ type: String, nullable: true, example: null })
  alg: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  kid: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Of a public key (RFC 7638, SHA-256).',
    example: null,
  })
  thumbprint: string | null;

  @ApiProperty({ type: () => AllowedNetworksBody, nullable: true, description: allowedNetworks.description })
  allowedNetworks: AllowedNetworks | null;

  @ApiProperty({ type: () => QuarantineAnswer, nullable: true, description: 'Null: it is in none.' })
  quarantine: QuarantineAnswer | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  createdAt: string;

  @ApiProperty({ description: 'The clientId of who made it.', example: 'abc_admin' })
  createdBy: string;

  @ApiProperty(time)
  expiresAt: string | null;

  @ApiProperty({ ...time, description: 'After a rotation: until when it still works.' })
  retiresAt: string | null;

  @ApiProperty({
    ...time,
    description:
      'Up to ten seconds late while it goes on being used, and up to a minute with more than 5,000 credentials in use; the first use is there within a second.',
  })
  lastUsedAt: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'From where it was used last.',
    example: '192.0.2.7',
  })
  lastAddress: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The family of the user agent that used it last.',
    example: 'curl',
  })
  lastUserAgent: string | null;

  @ApiProperty(time)
  revokedAt: string | null;
}

/** A credential with its uses. */
export class CredentialWithUsesAnswer extends CredentialAnswer {
  @ApiProperty({
    type: [UseOfDay],
    description: 'Of the last 90 days, those on which it was used. As late as `lastUsedAt`.',
  })
  uses: UseOfDay[];
}

/** A credential that was just issued: the only time that its secret is answered. */
export class IssuedCredentialAnswer extends CredentialAnswer {
  @ApiProperty({
    required: false,
    description: 'Absent with `deliverTo`, and when the request is repeated after the window for secrets.',
    example: 'cls_3mZ5jW0bT1nXo8aQ2kRf7uYh4dLpVc6eSgJi9xKwMzN_0Tq4Xb',
  })
  clientSecret?: string;

  @ApiProperty(sealedSecret)
  clientSecretJwe?: string;
}

/** A credential that took the place of another. */
export class RotatedCredentialAnswer extends IssuedCredentialAnswer {
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The credentialId of the old one.',
    example: '5f0c7c3e-2d7c-4a53-8e0d-1c6c0f4f1f61',
  })
  replaces: string | null;
}
