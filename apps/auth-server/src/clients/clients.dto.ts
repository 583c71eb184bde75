import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { clientAuthenticationMethods, clientGrantTypes } from '#libs/clients';
import type { AllowedNetworks } from '#libs/common';
import { DeliveryBody, deliverTo, sealedSecret } from '../credentials/delivery.dto.js';
import { AllowedNetworksBody, allowedNetworks } from '../customers/allowed-networks.dto.js';
import { TokenQuota } from '../customers/token-quota.dto.js';
import { Email, Flag, ListOf, MapOfLists, Nested, Text, WholeNumber } from '../http/fields.js';

const kept = { optional: true, default: [], example: [] } as const;

/** What a client may do, and for which tenants. */
export class ClientPermissions {
  @MapOfLists({
    optional: true,
    default: {},
    description: 'Role to tenants; an empty list is the role without a tenant.',
    example: { ROLE_ADMIN_TENANT: ['tenant1'], ROLE_API: ['tenant1'] },
    maxItems: 1000,
  })
  roles?: Record<string, string[]>;
}

/** A client to create or replace. */
export class ClientBody {
  @Text({ min: 1, description: 'Unique over all customers; printable ASCII.', example: 'test_client' })
  clientId: string;

  @Text({
    optional: true,
    min: 8,
    max: 256,
    description:
      'Generated when left out of a create; kept when left out of a replacement. At most 100 in an array.',
    example: 'a-secret-of-my-own-choice',
  })
  clientSecret?: string;

  @ListOf(String, {
    optional: true,
    default: [],
    unique: true,
    each: { min: 1, max: 128 },
    description: 'The scopes it may request; with none requested it gets them all.',
    example: ['read'],
  })
  scope?: string[];

  @Nested(ClientPermissions, { optional: true })
  clientPermissions?: ClientPermissions;

  @ListOf(String, { ...kept, each: { min: 1 }, description: 'Kept and given back.' })
  authorities?: string[];

  @ListOf(String, {
    ...kept,
    unique: true,
    each: { min: 1 },
    description: 'The audiences of its tokens; none: this server.',
  })
  resourceIds?: string[];

  @ListOf(String, {
    minItems: 1,
    unique: true,
    choices: clientGrantTypes,
    example: ['client_credentials'],
  })
  authorizedGrantTypes: string[];

  @Text({ optional: true, nullable: true, default: null, max: 1000, multiline: true, example: null })
  clientDescription?: string | null;

  @Text({ optional: true, nullable: true, default: null, example: null })
  clientName?: string | null;

  @Email({ optional: true, nullable: true, default: null, example: null })
  clientEmail?: string | null;

  @ListOf(String, {
    ...kept,
    unique: true,
    each: { min: 1, max: 2000 },
    description: 'Answered as ["http://localhost"] when there is none.',
  })
  redirectUri?: string[];

  @WholeNumber({
    optional: true,
    nullable: true,
    min: 1,
    default: null,
    description: 'Seconds, up to the customer’s ceiling (3600 if it has none of its own); null: its default.',
    example: null,
  })
  accessTokenValidity?: number | null;

  @WholeNumber({
    optional: true,
    nullable: true,
    min: 1,
    default: null,
    description: 'Seconds.',
    example: null,
  })
  refreshTokenValidity?: number | null;

  @Nested(TokenQuota, {
    optional: true,
    nullable: true,
    default: null,
    description: 'How many tokens it may fetch; null: the customer’s clientTokenQuota, if there is one.',
  })
  tokenQuota?: TokenQuota | null;

  @Flag({
    optional: true,
    default: true,
    description: 'True: ROLE_API is added to its roles.',
    example: false,
  })
  defaultRolesAssignmentEnabled?: boolean;

  @ListOf(String, {
    minItems: 1,
    unique: true,
    // `none` is what a public client of another surface has; the rules of the domain keep it to those.
    choices: [...clientAuthenticationMethods, 'none'],
    description:
      'How it may send its secret to the token endpoint; `none` for public clients of other surfaces.',
    example: ['client_secret_post', 'client_secret_basic'],
  })
  clientAuthenticationMethods: string[];

  @Flag({ optional: true, default: true, description: 'False: it gets no token, and those it has are dead.' })
  enabled?: boolean;

  @Nested(AllowedNetworksBody, {
    ...allowedNetworks,
    description: `${allowedNetworks.description} Kept when left out of a replacement.`,
  })
  allowedNetworks?: AllowedNetworksBody | null;
}

/** A client to create. */
export class NewClientBody extends ClientBody {
  @Nested(DeliveryBody, deliverTo)
  deliverTo?: DeliveryBody;
}

/** What a client may do, as it is answered. */
class ClientPermissionsAnswer {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    example: { ROLE_ADMIN_TENANT: ['tenant1'], ROLE_API: ['tenant1'] },
  })
  roles: Readonly<Record<string, readonly string[]>>;
}

/** A client. */
export class ClientAnswer {
  @ApiProperty({ example: 'test_client' })
  clientId: string;

  @ApiProperty({ type: [String], example: [] })
  scope: readonly string[];

  @ApiProperty({ type: () => ClientPermissionsAnswer })
  clientPermissions: ClientPermissionsAnswer;

  @ApiProperty({ type: [String], example: [] })
  authorities: readonly string[];

  @ApiProperty({ type: [String], example: [] })
  resourceIds: readonly string[];

  @ApiProperty({ type: [String], example: ['client_credentials'] })
  authorizedGrantTypes: readonly string[];

  @ApiProperty({ type: String, nullable: true, example: null })
  clientDescription: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  clientName: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  clientEmail: string | null;

  @ApiProperty({ type: [String], example: ['http://localhost'] })
  redirectUri: readonly string[];

  @ApiProperty({ type: 'integer', nullable: true, example: null })
  accessTokenValidity: number | null;

  @ApiProperty({ type: 'integer', nullable: true, example: null })
  refreshTokenValidity: number | null;

  @ApiProperty({ example: false })
  defaultRolesAssignmentEnabled: boolean;

  @ApiProperty({ type: [String], example: ['client_secret_post', 'client_secret_basic'] })
  clientAuthenticationMethods: readonly string[];

  @ApiProperty({ example: true })
  enabled: boolean;

  @ApiPropertyOptional({ type: () => TokenQuota, description: 'Only when it has one of its own.' })
  tokenQuota?: TokenQuota;
  @ApiPropertyOptional({
    type: () => AllowedNetworksBody,
    description: 'Only when it has a list of its own.',
  })
  allowedNetworks?: AllowedNetworks;
}

/** A client that was just created: the only time that its secret is answered. */
export class CreatedClientAnswer extends ClientAnswer {
  @ApiProperty({
    required: false,
    description: 'Absent with `deliverTo`, and when a create is repeated after the window for secrets.',
    example: 'cls_3mZ5jW0bT1nXo8aQ2kRf7uYh4dLpVc6eSgJi9xKwMzN_0Tq4Xb',
  })
  clientSecret?: string;

  @ApiProperty(sealedSecret)
  clientSecretJwe?: string;
}

/** How many live tokens a client has. */
export class MultitokensAnswer {
  @ApiProperty({
    enum: ['enabled', 'disabled'],
    description: 'Whether the customer limits the live tokens of a client.',
    example: 'enabled',
  })
  status: 'enabled' | 'disabled';

  @ApiProperty({ type: 'integer', description: '0 where tokens are not counted.', example: 3 })
  tokensCount: number;
}
