import { ApiProperty } from '@nestjs/swagger';
import { clientGrantTypes } from '#libs/clients';
import { Flag, FreeObject, ListOf, Moment, Nested, Text, WholeNumber } from '../../http/fields.js';
import { Metadata, MetadataItem } from './metadata.dto.js';

const seconds = { optional: true, nullable: true, min: 1, description: 'Seconds.' } as const;
const longest = 31_536_000;

/** What the clients of a setup have where they say nothing of their own. */
class ClientDefaultsBody {
  @Flag({ optional: true, nullable: true, default: false })
  force_reauthentication?: boolean | null;

  @WholeNumber({ ...seconds, default: 3600, example: 3600 })
  access_token_ttl?: number | null;

  @WholeNumber({ ...seconds, max: longest, default: 15_552_000, example: 15_552_000 })
  refresh_token_ttl?: number | null;

  @WholeNumber({ ...seconds, max: longest, default: 3600, example: 3600 })
  id_token_ttl?: number | null;

  @WholeNumber({ ...seconds, max: longest, default: 31_104_000, example: 31_104_000 })
  persisted_consent_ttl?: number | null;

  @ListOf(String, {
    optional: true,
    nullable: true,
    unique: true,
    choices: clientGrantTypes,
    default: [],
    description: 'Of clients that name none; empty: authorization_code.',
    example: ['client_credentials'],
  })
  grant_types?: string[] | null;
}

/** A setup to create or replace. */
export class SetupBody {
  @Text({ min: 1, notBlank: true, example: 'Production' })
  name: string;

  @Text({ optional: true, nullable: true, default: null, example: 'identity-team' })
  owner?: string | null;

  @Text({ optional: true, nullable: true, default: null, max: 1000, multiline: true })
  comment?: string | null;

  @Metadata()
  metadata?: MetadataItem[] | null;

  @Moment({
    optional: true,
    nullable: true,
    description: 'When it takes effect, in the future; left out: at once.',
    example: '2100-01-01T00:00:00.000Z',
  })
  valid_from?: string | null;

  @Nested(ClientDefaultsBody, { optional: true, nullable: true })
  client_defaults?: ClientDefaultsBody | null;

  @FreeObject({
    optional: true,
    nullable: true,
    description: 'Members named `scope_policy_*`, each a word.',
    example: { scope_policy_authorization_code: 'consent_required' },
  })
  resource_server_defaults?: Record<string, unknown> | null;
}

class ClientDefaultsAnswer {
  @ApiProperty({ example: false })
  force_reauthentication: boolean;

  @ApiProperty({ type: 'integer', example: 3600 })
  access_token_ttl: number;

  @ApiProperty({ type: 'integer', example: 15_552_000 })
  refresh_token_ttl: number;

  @ApiProperty({ type: 'integer', example: 3600 })
  id_token_ttl: number;

  @ApiProperty({ type: 'integer', example: 31_104_000 })
  persisted_consent_ttl: number;

  @ApiProperty({ type: [String], example: ['client_credentials'] })
  grant_types: readonly string[];
}

/** A setup. */
export class SetupAnswer {
  @ApiProperty({ example: 'Production' })
  name: string;

  @ApiProperty({ required: false, example: 'identity-team' })
  owner?: string;

  @ApiProperty({ required: false, example: 'Since 2024' })
  comment?: string;

  @ApiProperty({ type: [MetadataItem] })
  metadata: readonly MetadataItem[];

  @ApiProperty({ format: 'date-time', example: '2030-01-31T12:00:00.000Z' })
  valid_from: string;

  @ApiProperty({ type: () => ClientDefaultsAnswer })
  client_defaults: ClientDefaultsAnswer;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { scope_policy_authorization_code: 'consent_required' },
  })
  resource_server_defaults: Readonly<Record<string, string>>;
}

/** A setup that was just created. */
export class CreatedSetup {
  @ApiProperty({ example: '0f3c8a9e5d7b41c2a6e4f0b1d2c3e4f5' })
  setupId: string;
}

/** The setups that were found. */
export class SetupIds {
  @ApiProperty({ type: [String], example: ['0f3c8a9e5d7b41c2a6e4f0b1d2c3e4f5'] })
  setupIds: string[];
}
