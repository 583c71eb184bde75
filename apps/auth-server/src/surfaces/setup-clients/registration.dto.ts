import { ApiProperty } from '@nestjs/swagger';
import { ListOf, Text } from '../../http/fields.js';
import { ClientMetadata } from './client-fields.dto.js';

const left = { optional: true, nullable: true } as const;

/** The metadata of a client to register (RFC 7591 §2). */
export class RegistrationBody extends ClientMetadata {
  @Text({ ...left, min: 1, example: 'Nightly export' })
  client_name?: string | null;

  @Text({
    ...left,
    max: 4000,
    description: 'Separated by blanks; left out: all that the setup declares.',
    example: 'orders:read',
  })
  scope?: string | null;

  @ListOf(String, {
    ...left,
    unique: true,
    each: { min: 1, max: 128 },
    description: 'The same as a list.',
    example: [],
  })
  scopes?: string[] | null;

  @Text({ ...left, example: '4NRB1-0XZABZI9E6-5SM3R' })
  software_id?: string | null;

  @Text({ ...left, max: 100, example: '2.1' })
  software_version?: string | null;
}

/** What was registered (RFC 7591 §3.2.1). */
export class RegistrationAnswer {
  @ApiProperty({ example: 'bf53cd04a41e4dc4b2e5c0a1d9e8f7a6' })
  client_id: string;

  @ApiProperty({
    required: false,
    description: 'Answered this once; a public client has none.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  })
  client_secret?: string;

  @ApiProperty({ type: 'integer', description: 'Seconds since 1970.', example: 1_893_456_000 })
  client_id_issued_at: number;

  @ApiProperty({ required: false, type: 'integer', description: '0: it does not expire.', example: 0 })
  client_secret_expires_at?: number;

  @ApiProperty({ type: [String], example: [] })
  redirect_uris: readonly string[];

  @ApiProperty({ example: 'client_secret_basic' })
  token_endpoint_auth_method: string;

  @ApiProperty({ type: [String], example: ['client_credentials'] })
  grant_types: readonly string[];

  @ApiProperty({ type: [String], example: [] })
  response_types: readonly string[];

  @ApiProperty({ required: false, example: 'Nightly export' })
  client_name?: string;

  @ApiProperty({ required: false, example: 'https://client.example/about' })
  client_uri?: string;

  @ApiProperty({ required: false, example: 'https://client.example/logo.png' })
  logo_uri?: string;

  @ApiProperty({ required: false, example: 'orders:read' })
  scope?: string;

  @ApiProperty({ required: false, type: [String], example: ['team@client.example'] })
  contacts?: readonly string[];

  @ApiProperty({ required: false, example: 'https://client.example/terms' })
  tos_uri?: string;

  @ApiProperty({ required: false, example: 'https://client.example/policy' })
  policy_uri?: string;

  @ApiProperty({ required: false, example: 'https://client.example/jwks' })
  jwks_uri?: string;

  @ApiProperty({ selfRequired: false, type: 'object', additionalProperties: true })
  jwks?: object;

  @ApiProperty({ required: false, example: '4NRB1-0XZABZI9E6-5SM3R' })
  software_id?: string;

  @ApiProperty({ required: false, example: '2.1' })
  software_version?: string;

  @ApiProperty({ required: false, example: false })
  require_pushed_authorization_requests?: boolean;

  @ApiProperty({ required: false, example: 'RS256' })
  id_token_signed_response_alg?: string;

  @ApiProperty({ required: false, example: 'RSA-OAEP-256' })
  id_token_encrypted_response_alg?: string;

  @ApiProperty({ required: false, example: 'A128CBC-HS256' })
  id_token_encrypted_response_enc?: string;
}
