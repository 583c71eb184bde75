import { ApiProperty } from '@nestjs/swagger';
import { Moment, Text, WholeNumber } from '../http/fields.js';

const name = {
  optional: true,
  nullable: true,
  description: 'For people to tell credentials apart.',
  example: 'deploy 2026',
} as const;
const expiresAt = {
  optional: true,
  nullable: true,
  description: 'In the future; null: never.',
  example: '2030-01-31T12:00:00.000Z',
} as const;

/** A credential to create. */
export class NewCredentialBody {
  @Text({ ...name, default: null })
  name?: string | null;

  @Moment({ ...expiresAt, default: null })
  expiresAt?: string | null;

  @Text({
    optional: true,
    min: 8,
    max: 256,
    description: 'Generated when left out.',
    example: 'a-secret-of-my-own-choice',
  })
  clientSecret?: string;
}

/** What to change of a credential; what is left out stays. */
export class CredentialChanges {
  @Text(name)
  name?: string | null;

  @Moment(expiresAt)
  expiresAt?: string | null;
}

/** How to rotate a credential. */
export class RotationBody {
  @WholeNumber({
    optional: true,
    min: 0,
    max: 2_592_000,
    default: 86_400,
    description: 'How long the old secret goes on working.',
    example: 3600,
  })
  overlapSeconds?: number;

  @Text({ ...name, description: 'That of the old one when left out.' })
  name?: string | null;

  @Moment({ ...expiresAt, default: null })
  expiresAt?: string | null;
}

const time = { type: String, format: 'date-time', nullable: true, example: null } as const;

/** A credential without its secret. */
export class CredentialAnswer {
  @ApiProperty({ format: 'uuid', example: '0b8f6a3e-6d6c-4c53-a5d4-7f6c0f4f1f60' })
  credentialId: string;

  @ApiProperty({ type: String, nullable: true, example: 'deploy 2026' })
  name: string | null;

  @ApiProperty({ enum: ['client_secret'], example: 'client_secret' })
  kind: string;

  @ApiProperty({ enum: ['active', 'retiring', 'retired', 'expired', 'revoked'], example: 'active' })
  status: string;

  @ApiProperty({ description: 'The prefix and the last four characters.', example: 'cls_…q4Xb' })
  hint: string;

  @ApiProperty({ type: String, nullable: true, example: null })
  alg: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  kid: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  createdAt: string;

  @ApiProperty({ description: 'The clientId of who made it.', example: 'abc_admin' })
  createdBy: string;

  @ApiProperty(time)
  expiresAt: string | null;

  @ApiProperty({ ...time, description: 'After a rotation: until when it still works.' })
  retiresAt: string | null;

  @ApiProperty({ ...time, description: 'Up to a second late.' })
  lastUsedAt: string | null;

  @ApiProperty(time)
  revokedAt: string | null;
}

/** A credential that was just issued: the only time that its secret is answered. */
export class IssuedCredentialAnswer extends CredentialAnswer {
  @ApiProperty({
    required: false,
    description: 'Absent when the request is repeated after the window for secrets.',
    example: 'cls_3mZ5jW0bT1nXo8aQ2kRf7uYh4dLpVc6eSgJi9xKwMzN_0Tq4Xb',
  })
  clientSecret?: string;
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
