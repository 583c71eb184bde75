import { ApiProperty } from '@nestjs/swagger';
import { name, time } from '../credentials/credentials.dto.js';
import { DeliveryBody, deliverTo, sealedSecret } from '../credentials/delivery.dto.js';
import { OverlapBody } from '../credentials/rotations.dto.js';
import { FreeObject, Moment, Nested, Text, Uuid, WholeNumber } from '../http/fields.js';

const longest = 604_800;

/** A code to create, and what is to come of it. */
export class NewEnrolmentBody extends OverlapBody {
  @Text({ ...name, default: null, description: 'That of the credential to be.' })
  name?: string | null;

  @WholeNumber({
    optional: true,
    min: 60,
    max: longest,
    default: 3_600,
    description: 'How long the code can be redeemed; seven days at most.',
    example: 3_600,
  })
  expiresInSeconds?: number;

  @Moment({
    optional: true,
    nullable: true,
    default: null,
    description: 'When the credential to be ends; null: as the settings of the customer have it.',
    example: '2030-01-31T12:00:00.000Z',
  })
  credentialExpiresAt?: string | null;

  @Uuid({
    optional: true,
    nullable: true,
    default: null,
    description:
      'An active public key of the client, which is rotated when the code is redeemed: the new one takes its place, ' +
      'and it retires after the overlap.',
    example: null,
  })
  replaces?: string | null;

  @Nested(DeliveryBody, { ...deliverTo, description: 'Has the code answered encrypted to this key.' })
  deliverTo?: DeliveryBody;
}

/** A code that lets a machine register its public key, without the code. */
export class EnrolmentAnswer {
  @ApiProperty({ format: 'uuid', example: '3c9d5d0e-7b1f-4f4e-9a51-0d7a2f0e8a11' })
  enrolmentId: string;

  @ApiProperty({ type: String, nullable: true, example: 'worker 7' })
  name: string | null;

  @ApiProperty({ enum: ['open', 'redeemed', 'revoked', 'expired'], example: 'open' })
  status: string;

  @ApiProperty({ description: 'The prefix and the last four characters.', example: 'cle_…q4Xb' })
  hint: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  createdAt: string;

  @ApiProperty({ description: 'The clientId of who made it.', example: 'abc_admin' })
  createdBy: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T13:00:00.000Z' })
  expiresAt: string;

  @ApiProperty(time)
  revokedAt: string | null;

  @ApiProperty(time)
  redeemedAt: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The credential that came of it.',
    example: null,
  })
  credentialId: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null })
  replaces: string | null;
}

/** A code that was just created: the only time that it is answered. */
export class CreatedEnrolmentAnswer extends EnrolmentAnswer {
  @ApiProperty({
    required: false,
    description: 'Absent with `deliverTo`, and when the request is repeated after the window for secrets.',
    example: 'cle_X3mZ5jW0bT1nXo8aQ2kRf7uYh4dLpVc6eSgJi9xKwMz',
  })
  enrolmentCode?: string;

  @ApiProperty({ ...sealedSecret, description: 'The code as a compact JWE, with `deliverTo`.' })
  enrolmentCodeJwe?: string;

  @ApiProperty({
    format: 'uri',
    description: 'Where the machine redeems the code; also the `aud` of its proof.',
    example: 'https://auth.example.com/oauth/enrolments',
  })
  redeemAt: string;
}

/** What a machine sends to register its key. */
export class RedemptionBody {
  @Text({
    min: 1,
    max: 128,
    description: 'The code.',
    example: 'cle_X3mZ5jW0bT1nXo8aQ2kRf7uYh4dLpVc6eSgJi9xKwMz',
  })
  code: string;

  @FreeObject({
    description:
      'The public key (RFC 7517): RSA from 2048 bits (PS256 or RS256), P-256 (ES256), P-384 (ES384) or Ed25519 (EdDSA).',
    example: {
      kty: 'OKP',
      crv: 'Ed25519',
      kid: 'worker-7',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    },
  })
  jwk: Record<string, unknown>;

  @Text({
    min: 1,
    max: 8_192,
    description:
      'A compact JWS (RFC 7515) by the private key: header `typ` `enrolment-proof+jwt` and `alg`; claims `aud` (the ' +
      '`redeemAt` of the code), `iat` (at most 300 seconds ago) and `code_sha256` (the SHA-256 of the code in Base64url).',
    example: 'eyJhbGciOiJFZERTQSIsInR5cCI6ImVucm9sbWVudC1wcm9vZitqd3QifQ.e30.c2lnbmF0dXJl',
  })
  proof: string;
}

/** A registered key. */
export class EnrolledKeyAnswer {
  @ApiProperty({ example: 'test_client' })
  clientId: string;

  @ApiProperty({ format: 'uuid', example: '0b8f6a3e-6d6c-4c53-a5d4-7f6c0f4f1f60' })
  credentialId: string;

  @ApiProperty({ type: String, nullable: true, example: 'worker 7' })
  name: string | null;

  @ApiProperty({ enum: ['public_key'], example: 'public_key' })
  kind: string;

  @ApiProperty({ example: 'EdDSA' })
  alg: string;

  @ApiProperty({ description: 'That of the key, or else its thumbprint.', example: 'worker-7' })
  kid: string;

  @ApiProperty({ description: 'RFC 7638, SHA-256.', example: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k' })
  thumbprint: string;

  @ApiProperty(time)
  expiresAt: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The key it takes the place of.',
    example: null,
  })
  replaces: string | null;
}
