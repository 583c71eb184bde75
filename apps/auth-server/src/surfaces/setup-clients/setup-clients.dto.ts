import { ApiProperty } from '@nestjs/swagger';
import { Choice, Flag, ListOf, Moment, Text, WholeNumber } from '../../http/fields.js';
import { ClientMetadata } from './client-fields.dto.js';
import { Metadata, MetadataItem } from './metadata.dto.js';

const left = { optional: true, nullable: true } as const;
const seconds = { ...left, min: 1, description: 'Seconds; left out: those of the setup.' } as const;
const longest = 31_536_000;

/** How a client may use PKCE (RFC 7636). */
const pkceModes = ['allowed', 'required', 's256-required'] as const;

/** A client to create or replace. */
export class SetupClientBody extends ClientMetadata {
  @Text({ min: 1, notBlank: true, example: 'Nightly export' })
  name: string;

  @Choice(['confidential', 'public'], { ...left, default: 'confidential', example: 'confidential' })
  confidentiality_type?: 'confidential' | 'public' | null;

  @Text({
    ...left,
    min: 1,
    description: 'Unique; left out: generated. Cannot be changed.',
    example: 'nightly_export',
  })
  client_id?: string | null;

  @Text({
    ...left,
    min: 8,
    max: 256,
    description: 'Left out of a create: generated. Left out of a replacement: kept.',
    example: 'a-secret-of-my-own-choice',
  })
  client_secret?: string | null;

  @ListOf(String, {
    ...left,
    default: [],
    unique: true,
    each: { min: 1, max: 128 },
    description: 'Of those that resource servers of the setup declare; empty: all of them.',
    example: [],
  })
  scopes?: string[] | null;

  @Choice(pkceModes, { ...left, default: 'allowed', example: 'allowed' })
  pkce_mode?: string | null;

  @WholeNumber({ ...seconds, example: 600 })
  access_token_ttl?: number | null;

  @WholeNumber({ ...seconds, max: longest, example: 86_400 })
  refresh_token_ttl?: number | null;

  @WholeNumber({ ...seconds, max: longest, example: 600 })
  id_token_ttl?: number | null;

  @WholeNumber({ ...seconds, max: longest, example: 86_400 })
  persisted_consent_ttl?: number | null;

  @Flag({ ...left, description: 'Left out: that of the setup.' })
  force_reauthentication?: boolean | null;

  @Text({ ...left, max: 1000, multiline: true, example: 'Runs at three in the morning' })
  comment?: string | null;

  @Text({ ...left, example: 'data-team' })
  owner?: string | null;

  @Metadata()
  metadata?: MetadataItem[] | null;

  @Moment({
    ...left,
    description: 'When it takes effect, in the future; left out: at once.',
    example: '2100-01-01T00:00:00.000Z',
  })
  valid_from?: string | null;
}

/** A client, in the key order of the document. What its setup decides, and what it does not have, is left out. */
export class SetupClientAnswer {
  @ApiProperty({
    description: 'Whether it named no grant types, and so has those of its setup.',
    example: false,
  })
  notSentGrantType: boolean;

  @ApiProperty({ type: [MetadataItem] })
  metadata: readonly MetadataItem[];

  @ApiProperty({ required: false, example: 'https://client.example/about' })
  client_uri?: string;

  @ApiProperty({ selfRequired: false, type: 'object', additionalProperties: true })
  jwks?: object;

  @ApiProperty({ required: false, example: 'https://client.example/logo.png' })
  logo_uri?: string;

  @ApiProperty({ format: 'date-time', example: '2030-01-31T12:00:00.000Z' })
  valid_from: string;

  @ApiProperty({ example: 'nightly_export' })
  client_id: string;

  @ApiProperty({ example: 'client_secret_basic' })
  token_endpoint_auth_method: string;

  @ApiProperty({ example: false })
  require_pushed_authorization_requests: boolean;

  @ApiProperty({ enum: pkceModes, example: 'allowed' })
  pkce_mode: string;

  @ApiProperty({ required: false, type: 'integer', example: 600 })
  access_token_ttl?: number;

  @ApiProperty({ required: false, example: 'https://client.example/policy' })
  policy_uri?: string;

  @ApiProperty({ example: 'RS256' })
  id_token_signed_response_alg: string;

  @ApiProperty({ required: false, example: 'data-team' })
  owner?: string;

  @ApiProperty({ required: false, type: 'integer', example: 86_400 })
  persisted_consent_ttl?: number;

  @ApiProperty({ type: [String], example: ['client_credentials'] })
  grant_types: readonly string[];

  @ApiProperty({ required: false, type: 'integer', example: 600 })
  id_token_ttl?: number;

  @ApiProperty({ required: false, example: false })
  force_reauthentication?: boolean;

  @ApiProperty({ type: [String], example: [] })
  redirect_uris: readonly string[];

  @ApiProperty({ enum: ['confidential', 'public'], example: 'confidential' })
  confidentiality_type: string;

  @ApiProperty({ required: false, example: 'RSA-OAEP-256' })
  id_token_encrypted_response_alg?: string;

  @ApiProperty({ required: false, example: 'A128CBC-HS256' })
  id_token_encrypted_response_enc?: string;

  @ApiProperty({ example: 'Nightly export' })
  name: string;

  @ApiProperty({ required: false, example: 'https://client.example/jwks' })
  jwks_uri?: string;

  @ApiProperty({ required: false, example: 'Runs at three in the morning' })
  comment?: string;

  @ApiProperty({ type: [String], example: [] })
  scopes: readonly string[];

  @ApiProperty({ required: false, example: 'https://client.example/terms' })
  tos_uri?: string;

  @ApiProperty({ type: [String], example: ['team@client.example'] })
  contacts: readonly string[];

  @ApiProperty({ type: [String], example: [] })
  response_types: readonly string[];

  @ApiProperty({ required: false, type: 'integer', example: 86_400 })
  refresh_token_ttl?: number;
}

/** A client that was just created. */
export class CreatedSetupClient {
  @ApiProperty({ description: 'Its internal id.', example: '5a9d1c3e7f2b4a6d8e0f1a2b3c4d5e6f' })
  clientId: string;

  @ApiProperty({
    required: false,
    description: 'Where it was generated: answered this once.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  })
  client_secret?: string;
}

/** The internal id of a client. */
export class SetupClientId {
  @ApiProperty({ example: '5a9d1c3e7f2b4a6d8e0f1a2b3c4d5e6f' })
  clientId: string;
}

/** The clients that were found. */
export class SetupClientIds {
  @ApiProperty({ type: [String], example: ['5a9d1c3e7f2b4a6d8e0f1a2b3c4d5e6f'] })
  clientIds: string[];
}

/** The names of clients, by their internal ids. */
export const namesSchema = {
  type: 'object',
  additionalProperties: { type: 'string' },
  example: { '5a9d1c3e7f2b4a6d8e0f1a2b3c4d5e6f': 'Nightly export' },
};

/** The snapshots of a setup or client. */
export class SnapshotIds {
  @ApiProperty({ type: [String], example: ['c0ffee11d7b41c2a6e4f0b1d2c3e4f5a'] })
  snapshotIds: string[];
}
