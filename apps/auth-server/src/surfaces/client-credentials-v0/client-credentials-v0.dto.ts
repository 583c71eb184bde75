import { ApiProperty } from '@nestjs/swagger';
import { Moment, Text, WholeNumber } from '../../http/fields.js';

/** A credential to create. */
export class V0CredentialBody {
  @Text({
    optional: true,
    nullable: true,
    default: null,
    description: 'A name for the credentials, for people to tell them apart.',
    example: 'My New Credentials',
  })
  name?: string | null;

  @Moment({
    optional: true,
    nullable: true,
    default: null,
    description: 'A future date from which they do not work any more; null: never.',
    example: '2028-06-21T00:00:00.000Z',
  })
  expires?: string | null;
}

/** Which part of the list to answer. */
export class V0CredentialsQuery {
  @WholeNumber({
    optional: true,
    min: 1,
    max: 1000,
    default: 1000,
    description: 'How many to answer at most.',
  })
  limit?: number;

  @WholeNumber({ optional: true, min: 0, default: 0, description: 'How many of the newest to pass over.' })
  offset?: number;
}

/** A credential. */
export class V0Credential {
  @ApiProperty({
    format: 'uuid',
    description: 'The internal ID of the credentials.',
    example: '4eb40c8b-76d9-4ad3-9580-d327bbd99d15',
  })
  credentialId: string;

  @ApiProperty({
    description: 'Provided to /api/v0/oauth/token to authenticate.',
    example: 'ac9ab00ff44745d199981506313cfa72',
  })
  clientId: string;

  @ApiProperty({ type: String, nullable: true, example: 'My New Credentials' })
  name: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Answered once, by the request that creates them; null ever after.',
    example: 'iObGKtihdEScOmDiZxZ+6QbAq0mO4z5uGkUb1r0sT2M=',
  })
  secret: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2028-06-21T00:00:00.000Z' })
  expires: string | null;

  @ApiProperty({ format: 'date-time', example: '2024-06-21T15:19:05.319Z' })
  created: string;
}

/** The fields of a token request. */
export class V0TokenForm {
  @ApiProperty({ enum: ['client_credentials'], description: 'Or grant_type.', example: 'client_credentials' })
  GrantType: string;

  @ApiProperty({ description: 'Or client_id.', example: 'ac9ab00ff44745d199981506313cfa72' })
  ClientId: string;

  @ApiProperty({ description: 'Or client_secret.', example: 'iObGKtihdEScOmDiZxZ+6QbAq0mO4z5uGkUb1r0sT2M=' })
  ClientSecret: string;

  @ApiProperty({ required: false, description: 'Blank-separated; none: all that the client may have.' })
  Scope?: string;

  @ApiProperty({ required: false, description: 'One of the resources of the client; none: all of them.' })
  Resource?: string;
}

/** A token, and for how long it lives. */
export class V0Token {
  @ApiProperty({
    description: 'A signed JWT (RFC 9068).',
    example: 'eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.e30.c2ln',
  })
  accessToken: string;

  @ApiProperty({ enum: ['bearer'], example: 'bearer' })
  tokenType: string;

  @ApiProperty({ type: 'integer', description: 'Seconds.', example: 3600 })
  expiresIn: number;
}

/** What went wrong (RFC 9457). */
export class V0Problem {
  @ApiProperty({ description: 'There is no more to it than the status.', example: 'about:blank' })
  type: string;

  @ApiProperty({ description: 'The status in words.', example: 'Bad Request' })
  title: string;

  @ApiProperty({ type: 'integer', example: 400 })
  status: number;

  @ApiProperty({
    description: 'The id of the request, also in X-Request-Id.',
    example: '7f0d1c2b3a495867a6b5c4d3e2f10908',
  })
  traceId: string;

  @ApiProperty({
    selfRequired: false,
    description: 'By field, what is wrong with it; `$` is the request as a whole.',
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    example: { expires: ['must be in the future'] },
  })
  errors?: Readonly<Record<string, readonly string[]>>;
}
