import { ApiProperty } from '@nestjs/swagger';
import { signingAlgorithms } from '#libs/keys';
import { Choice, Text, WholeNumber } from '../../http/fields.js';

/** A credential to create. */
export class PlatformCredentialBody {
  @Text({ min: 1, max: 64, description: 'For people to tell credentials apart.', example: 'render farm' })
  name: string;

  @Choice(['', ...signingAlgorithms], {
    optional: true,
    nullable: true,
    default: 'EdDSA',
    description: 'The algorithm of the tokens minted with it; empty or null: EdDSA.',
    example: 'EdDSA',
  })
  alg?: string | null;
}

/** Which part of the list to answer. */
export class PlatformCredentialsQuery {
  @WholeNumber({ optional: true, min: 1, max: 100, default: 25, description: 'How many to answer at most.' })
  limit?: number;

  @WholeNumber({ optional: true, min: 0, default: 0, description: 'How many of the newest to pass over.' })
  offset?: number;
}

/** Who wants a token, and how it is to be labelled. */
export class PlatformTokenBody {
  @Text({ min: 1, example: '5b7c9a0e4f6d4a519c27d1c6a0b8e3f2' })
  client_id: string;

  @Text({ min: 1, max: 1024, example: 'cls_3mZ5jW0bT1nXo8aQ2kRf7uYh4dLpVc6eSgJi9xKwMzN_0Tq4Xb' })
  client_secret: string;

  @Text({
    min: 1,
    description: 'An opaque label of your own, the `sub` of the token. It never authorizes anything.',
    example: 'user-1234',
  })
  subject: string;

  @Text({ optional: true, nullable: true, description: 'Without effect: there are no projects here.' })
  project_id?: string | null;

  @WholeNumber({
    optional: true,
    nullable: true,
    min: 1,
    max: 15,
    default: 15,
    description: 'Cut to the usual lifetime of the client’s tokens.',
    example: 15,
  })
  ttl_minutes?: number | null;
}

/** A credential without its secret. */
export class PlatformCredential {
  @ApiProperty({ enum: signingAlgorithms, example: 'EdDSA' })
  alg: string;

  @ApiProperty({ example: '5b7c9a0e4f6d4a519c27d1c6a0b8e3f2' })
  client_id: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  created_at: string;

  @ApiProperty({ format: 'uuid', example: '0b8f6a3e-6d6c-4c53-a5d4-7f6c0f4f1f60' })
  id: string;

  @ApiProperty({
    description: 'The key in the JWKS that signs its tokens at this time.',
    example: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  })
  kid: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Null until the first token; up to a second late.',
    example: null,
  })
  last_used_at: string | null;

  @ApiProperty({ example: 'render farm' })
  name: string;

  @ApiProperty({
    enum: ['CLIENT_CREDENTIAL_STATUS_ACTIVE', 'CLIENT_CREDENTIAL_STATUS_REVOKED'],
    example: 'CLIENT_CREDENTIAL_STATUS_ACTIVE',
  })
  status: string;
}

/** A credential that was just created: the only time that its secret is answered. */
export class PlatformCreatedCredential {
  @ApiProperty({ example: 'cls_3mZ5jW0bT1nXo8aQ2kRf7uYh4dLpVc6eSgJi9xKwMzN_0Tq4Xb' })
  client_secret: string;

  @ApiProperty({ type: () => PlatformCredential })
  credential: PlatformCredential;
}

/** Some of the credentials, the newest first. */
export class PlatformCredentialList {
  @ApiProperty({ type: () => [PlatformCredential] })
  credentials: PlatformCredential[];

  @ApiProperty({ type: 'integer', description: 'How many there are in all.', example: 1 })
  total: number;
}

/** Nothing to say. */
export class PlatformNothing {}

/** A token, and until when it lives. */
export class PlatformToken {
  @ApiProperty({
    description: 'A signed JWT (RFC 9068).',
    example: 'eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9.e30.c2ln',
  })
  access_token: string;

  @ApiProperty({ enum: ['Bearer'], example: 'Bearer' })
  token_type: string;

  @ApiProperty({ type: 'integer', description: 'Seconds.', example: 900 })
  expires_in: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:15:00.000Z' })
  expires_at: string;
}

/** An error of this API. */
export class PlatformError {
  @ApiProperty({ type: 'integer', description: 'HTTP status code', example: 400 })
  code: number;

  @ApiProperty({
    description: 'Details about the error',
    example: 'The body is not valid. name: is required',
  })
  details: string;

  @ApiProperty({ description: 'Error message describing what went wrong', example: 'Bad Request' })
  error: string;
}
