import { ApiProperty } from '@nestjs/swagger';
import { signingAlgorithms } from '#libs/keys';
import { Choice } from '../http/fields.js';

/** A signing key to announce. */
export class NewSigningKeyBody {
  @Choice(signingAlgorithms, { example: 'ES256' })
  alg: string;
}

const time = { type: String, format: 'date-time', nullable: true, example: null } as const;

/** A key that signs tokens: never its private part. The public one stands in the JWKS. */
export class SigningKeyAnswer {
  @ApiProperty({
    description: 'The JWK thumbprint (RFC 7638).',
    example: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  })
  kid: string;

  @ApiProperty({ enum: signingAlgorithms, example: 'ES256' })
  alg: string;

  @ApiProperty({
    enum: ['pending', 'active', 'retiring', 'retired'],
    description:
      'pending: announced · active: signs · retiring: verifies only · retired: gone from the JWKS.',
    example: 'active',
  })
  state: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  createdAt: string;

  @ApiProperty({
    format: 'date-time',
    description: 'From when on it may sign: every cached JWKS knows it by then.',
    example: '2026-01-31T12:05:00.000Z',
  })
  activatableAt: string;

  @ApiProperty(time)
  activatedAt: string | null;

  @ApiProperty({ ...time, description: 'From when on no token that it signed is alive.' })
  retirableAt: string | null;

  @ApiProperty(time)
  retiredAt: string | null;
}
