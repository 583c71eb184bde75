import { ApiProperty } from '@nestjs/swagger';
import { Choice, Flag, ListOf, Text, WholeNumber } from '../../http/fields.js';

export const grantTypes = ['CLIENT_CREDENTIALS', 'AUTHORIZATION_CODE', 'REFRESH_TOKEN'] as const;
export const accessTypes = ['ONLINE', 'OFFLINE'] as const;
export const clientTypes = ['CONFIDENTIAL', 'PUBLIC'] as const;
export type GrantType = (typeof grantTypes)[number];
export type AccessType = (typeof accessTypes)[number];
export type ClientType = (typeof clientTypes)[number];

/** What a client has when it is created without scopes: all the rights of its owner. */
export const defaultScope = 'sp:scopes:all';
export const longestAccessTokenSeconds = 43_200;
const longestRefreshTokenSeconds = 31_536_000;

const optionalFlag = { optional: true, default: false, example: false } as const;
const optionalText = { optional: true, nullable: true, default: null } as const;

function isWebAddress(value: string): boolean {
  return /^https?:\/\/[^\s]+$/i.test(value) && URL.canParse(value);
}

/** A client to create. */
export class OAuthClientBody {
  @Text({
    ...optionalText,
    description: 'The name of the business the API Client should belong to',
    example: 'Acme-Solar',
  })
  businessName?: string | null;

  @Text({
    ...optionalText,
    max: 2000,
    format: 'uri',
    test: { passes: isWebAddress, message: 'must be an http or https URL' },
    description: 'The homepage URL associated with the owner of the API Client',
    example: 'http://localhost:12345',
  })
  homepageUrl?: string | null;

  @Text({
    notBlank: true,
    description: 'A human-readable name for the API Client',
    example: 'Demo API Client',
  })
  name: string;

  @Text({
    notBlank: true,
    max: 1000,
    multiline: true,
    description: 'A description of the API Client',
    example: 'An API client used for the authorization_code, refresh_token, and client_credentials flows',
  })
  description: string;

  @WholeNumber({
    min: 1,
    max: longestAccessTokenSeconds,
    description:
      'The number of seconds an access token generated for this API Client is valid for. An organization that has a ceiling of its own refuses more than that.',
    example: 750,
  })
  accessTokenValiditySeconds: number;

  @WholeNumber({
    optional: true,
    max: longestRefreshTokenSeconds,
    description:
      'The number of seconds a refresh token generated for this API Client is valid for. Default: 86400 with REFRESH_TOKEN, else 0.',
    example: 86_400,
  })
  refreshTokenValiditySeconds?: number;

  @ListOf(String, {
    optional: true,
    nullable: true,
    default: [],
    unique: true,
    each: { min: 1, max: 2000 },
    description:
      'A list of the approved redirect URIs. Provide one or more URIs when assigning the AUTHORIZATION_CODE grant type to a new OAuth Client.',
    example: ['http://localhost:12345'],
  })
  redirectUris?: string[] | null;

  @ListOf(String, {
    minItems: 1,
    unique: true,
    choices: grantTypes,
    description: 'A list of OAuth 2.0 grant types this API Client can be used with',
    example: ['AUTHORIZATION_CODE', 'CLIENT_CREDENTIALS', 'REFRESH_TOKEN'],
  })
  grantTypes: GrantType[];

  @Choice(accessTypes, {
    description: 'The access type (online or offline) of this API Client. OFFLINE permits refresh tokens.',
    example: 'OFFLINE',
  })
  accessType: AccessType;

  @Choice(clientTypes, {
    optional: true,
    default: 'CONFIDENTIAL',
    description: 'The type of the API Client (public or confidential). A public one has no secret.',
    example: 'CONFIDENTIAL',
  })
  type?: ClientType;

  @Flag({
    ...optionalFlag,
    description:
      'An indicator of whether the API Client can be used for requests internal within the product.',
  })
  internal?: boolean;

  @Flag({ description: 'An indicator of whether the API Client is enabled for use', example: true })
  enabled: boolean;

  @Flag({
    ...optionalFlag,
    description: 'An indicator of whether the API Client supports strong authentication',
  })
  strongAuthSupported?: boolean;

  @Flag({
    ...optionalFlag,
    description:
      'An indicator of whether the API Client supports the serialization of SAML claims when used with the authorization_code flow',
  })
  claimsSupported?: boolean;

  @ListOf(String, {
    optional: true,
    nullable: true,
    default: [defaultScope],
    unique: true,
    each: {
      min: 1,
      max: 128,
      pattern: /^[\x21\x23-\x5b\x5d-\x7e]+$/,
      patternMessage: 'must be a scope token (RFC 6749 §3.3)',
    },
    description:
      'Scopes of the API Client. If no scope is specified, the client will be created with the default scope "sp:scopes:all". This means the API Client will have all the rights of the owner who created it. A scope that the owner lacks never reaches a token.',
    example: ['demo:api-client-scope:first', 'demo:api-client-scope:second'],
  })
  scope?: string[] | null;
}

/** A client as its creation answers it. */
export class CreatedOAuthClient {
  @ApiProperty({ description: 'ID of the OAuth client', example: '2c9180835d2e5168015d32f890ca1581' })
  id: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'Secret of the OAuth client (This field is only returned on the intial create call.) Null for a public client, and on every other call.',
    example: '5c32dd9b21adb51c77794d46e71de117a1d0ddb36a7ff941fa28014ab7de2cf3',
  })
  secret: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Acme-Solar' })
  businessName: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'http://localhost:12345' })
  homepageUrl: string | null;

  @ApiProperty({ example: 'Demo API Client' })
  name: string;

  @ApiProperty({
    example: 'An API client used for the authorization_code, refresh_token, and client_credentials flows',
  })
  description: string;

  @ApiProperty({ type: 'integer', format: 'int32', example: 750 })
  accessTokenValiditySeconds: number;

  @ApiProperty({ type: 'integer', format: 'int32', example: 86_400 })
  refreshTokenValiditySeconds: number;

  @ApiProperty({ type: [String], example: ['http://localhost:12345'] })
  redirectUris: readonly string[];

  @ApiProperty({
    enum: grantTypes,
    isArray: true,
    example: ['AUTHORIZATION_CODE', 'CLIENT_CREDENTIALS', 'REFRESH_TOKEN'],
  })
  grantTypes: readonly GrantType[];

  @ApiProperty({ enum: accessTypes, example: 'OFFLINE' })
  accessType: AccessType;

  @ApiProperty({ enum: clientTypes, example: 'CONFIDENTIAL' })
  type: ClientType;

  @ApiProperty({ example: false })
  internal: boolean;

  @ApiProperty({ example: true })
  enabled: boolean;

  @ApiProperty({ example: false })
  strongAuthSupported: boolean;

  @ApiProperty({ example: false })
  claimsSupported: boolean;

  @ApiProperty({ format: 'date-time', example: '2017-07-11T18:45:37.098Z' })
  created: string;

  @ApiProperty({ format: 'date-time', example: '2018-06-25T20:22:28.104Z' })
  modified: string;

  @ApiProperty({ type: [String], example: ['demo:api-client-scope:first', 'demo:api-client-scope:second'] })
  scope: readonly string[];
}

/** A client as every later call answers it. */
export class OAuthClientAnswer extends CreatedOAuthClient {
  @ApiProperty({ type: String, nullable: true, description: 'Never answered again.', example: null })
  declare secret: null;

  @ApiProperty({
    type: String,
    nullable: true,
    format: 'date-time',
    description: 'When the client proved itself last, to get a token; null: never.',
    example: '2018-06-26T08:00:00.000Z',
  })
  lastUsed: string | null;

  @ApiProperty({ type: Object, nullable: true, description: 'Always null.', example: null })
  metadata: null;
}

/** One operation of a JSON Patch (RFC 6902 §4). */
export class JsonPatchOperation {
  @ApiProperty({ enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'], example: 'replace' })
  op: string;

  @ApiProperty({ description: 'A JSON Pointer (RFC 6901).', example: '/description' })
  path: string;

  @ApiProperty({ required: false, description: 'A JSON Pointer; for move and copy.' })
  from?: string;

  @ApiProperty({
    required: false,
    description: 'For add, replace and test.',
    oneOf: [
      { type: 'string' },
      { type: 'number' },
      { type: 'boolean' },
      { type: 'array', items: { type: 'string' } },
    ],
    nullable: true,
    example: 'The client of the nightly import',
  })
  value?: unknown;
}

/** The query of a list. */
export class OAuthClientsQuery {
  @Text({
    optional: true,
    description: '`lastUsed le <date and time>`, or `lastUsed isnull`.',
    example: 'lastUsed isnull',
  })
  filters?: string;

  @WholeNumber({ optional: true, max: 250, default: 250, example: 250 })
  limit?: number;

  @WholeNumber({ optional: true, default: 0, description: 'How many to pass over.', example: 0 })
  offset?: number;

  @Flag({
    optional: true,
    default: false,
    description: 'True: `X-Total-Count` tells how many there are in all.',
  })
  count?: boolean;
}
