import { ApiProperty } from '@nestjs/swagger';
import { Moment, Nested, Text, WholeNumber } from '../http/fields.js';
import { expiresAt, name, time, UseOfDay } from './credentials.dto.js';
import { DeliveryBody, deliverTo } from './delivery.dto.js';

const longestOverlap = 2_592_000;

/** For how long the old secret goes on working. */
export class OverlapBody {
  @WholeNumber({
    optional: true,
    min: 0,
    max: longestOverlap,
    description:
      'How long the old secret goes on working; with `retireAfterQuietSeconds`, how long it does at least. 86400, or ' +
      '0 with that field, when left out.',
    example: 3600,
  })
  overlapSeconds?: number;

  @WholeNumber({
    optional: true,
    min: 60,
    max: longestOverlap,
    description:
      'The old secret retires by itself when it was unused for so long, and not before: each use moves `retiresAt`.',
    example: 86_400,
  })
  retireAfterQuietSeconds?: number;
}

/** How to rotate a credential. */
export class RotationBody extends OverlapBody {
  @Text({ ...name, description: 'That of the old one when left out.' })
  name?: string | null;

  @Moment(expiresAt)
  expiresAt?: string | null;

  @Nested(DeliveryBody, deliverTo)
  deliverTo?: DeliveryBody;
}

/** What the report on a rotation is to tell. */
export class RotationQuery {
  @WholeNumber({
    optional: true,
    min: 1,
    max: 7_776_000,
    description:
      'Who used the old secret within so many seconds up to now; `retireAfterQuietSeconds` of the rotation, else 3600, ' +
      'when left out.',
    example: 3600,
  })
  withinSeconds?: number;
}

/** The credential that took the place of the old one. */
export class ReplacementAnswer {
  @ApiProperty({ format: 'uuid', example: '0b8f6a3e-6d6c-4c53-a5d4-7f6c0f4f1f60' })
  credentialId: string;

  @ApiProperty({ type: String, nullable: true, example: 'deploy 2026' })
  name: string | null;

  @ApiProperty({ enum: ['active', 'retiring', 'retired', 'expired', 'revoked'], example: 'active' })
  status: string;

  @ApiProperty({ description: 'The prefix and the last four characters.', example: 'cls_…q4Xb' })
  hint: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  createdAt: string;

  @ApiProperty({ ...time, description: 'Up to a second late.' })
  lastUsedAt: string | null;
}

/** Somebody who used the old secret since it is retiring. */
export class RotationUser {
  @ApiProperty({ description: 'By the proxy rule.', example: '192.0.2.7' })
  address: string;

  @ApiProperty({ type: String, nullable: true, example: 'curl' })
  userAgent: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  lastUsedAt: string;

  @ApiProperty({ type: 'integer', description: 'Uses since the rotation began.', example: 12 })
  count: number;
}

/** How far a rotation is, and who has still to change over. */
export class RotationAnswer {
  @ApiProperty({
    format: 'uuid',
    description: 'The old one.',
    example: '5f0c7c3e-2d7c-4a53-8e0d-1c6c0f4f1f61',
  })
  credentialId: string;

  @ApiProperty({
    enum: ['none', 'retiring', 'retired', 'completed', 'cancelled'],
    description:
      '`none`: it was never rotated. `retiring`: both secrets work. `retired`: the old one has ended and can be brought ' +
      'back until `undoUntil`. `completed`: it has ended for good. `cancelled`: it is active again.',
    example: 'retiring',
  })
  state: string;

  @ApiProperty({ ...time, description: 'When it was rotated last.' })
  startedAt: string | null;

  @ApiProperty({ ...time, description: 'The deadline: until when the old secret works, or worked.' })
  retiresAt: string | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Each use of the old secret moves `retiresAt` so far ahead; null: `retiresAt` stands.',
    example: null,
  })
  retireAfterQuietSeconds: number | null;

  @ApiProperty({ ...time, description: 'Until when `undo` brings the old secret back after it retired.' })
  undoUntil: string | null;

  @ApiProperty({ type: ReplacementAnswer, nullable: true })
  replacement: ReplacementAnswer | null;

  @ApiProperty({ ...time, description: 'Of the old secret; up to a second late.' })
  lastUsedAt: string | null;

  @ApiProperty({ type: 'integer', description: 'Of which time `usedBy` tells.', example: 3600 })
  withinSeconds: number;

  @ApiProperty({ type: 'integer', description: 'How many used the old secret within that time.', example: 2 })
  users: number;

  @ApiProperty({ type: [RotationUser], description: 'The latest first; a hundred at most.' })
  usedBy: RotationUser[];

  @ApiProperty({ type: [UseOfDay], description: 'Uses of the old secret since the day it was rotated.' })
  uses: UseOfDay[];
}
