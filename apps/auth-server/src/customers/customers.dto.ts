import { ApiProperty } from '@nestjs/swagger';
import { signingAlgorithms } from '#libs/keys';
import { type LeakPolicy, leakPolicies } from '#libs/organizations';
import { Choice, Flag, ListOf, Nested, Text, WholeNumber } from '../http/fields.js';
import { AllowedNetworksBody } from './allowed-networks.dto.js';
import { TokenQuota } from './token-quota.dto.js';

const customerIdRule = {
  min: 1,
  max: 64,
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  patternMessage: 'must be letters, digits, ".", "_" and "-", beginning with a letter or a digit',
};

/** What the ids of tenants must be. */
export const tenantIdRule = {
  min: 1,
  max: 128,
  pattern: /^[A-Za-z0-9][A-Za-z0-9._:@-]*$/,
  patternMessage: 'must be letters, digits, ".", "_", ":", "@" and "-", beginning with a letter or a digit',
};

/** Settings that older portals of the native API know. */
export class CustomSettings {
  @Text({ optional: true, nullable: true, default: null, description: 'Kept and given back.', example: 'v2' })
  jwtVersion?: string | null;
}

/** How many tokens a client may have at a time. */
export class ClientCredentialsMultiTokenConfig {
  @WholeNumber({
    min: 1,
    max: 200,
    description: 'One more live token than that is refused with 429.',
    example: 10,
  })
  maxActiveTokensAllowed: number;
}

/** What happens when a client asks for a token while it has live ones. */
export class MultitokenConfig {
  @Nested(ClientCredentialsMultiTokenConfig, {
    optional: true,
    nullable: true,
    default: null,
    description: 'Null: multi-token is off, and asking again answers the same token while it lives.',
  })
  clientCredentialsMultiTokenConfig?: ClientCredentialsMultiTokenConfig | null;
}

/** How often each client of the customer may call the admin surfaces. */
export class AdminRateLimit {
  @WholeNumber({ min: 1, max: 1_000_000, description: 'Requests of one client …', example: 100 })
  requests: number;

  @WholeNumber({ min: 1, max: 3600, description: '… in so many seconds.', example: 10 })
  seconds: number;
}

/** Defaults and ceilings for the clients of the customer; what is left out is the server's. */
export class CustomerSettings {
  @WholeNumber({
    optional: true,
    min: 1,
    max: 86_400,
    description: 'The lifetime of access tokens of clients that set none.',
    example: 1800,
  })
  accessTokenTtlSeconds?: number;

  @WholeNumber({
    optional: true,
    min: 1,
    max: 86_400,
    description: 'The longest lifetime that a client may ask for; 3600 when left out.',
    example: 7200,
  })
  maxAccessTokenTtlSeconds?: number;

  @WholeNumber({ optional: true, min: 1, max: 100, description: 'Live credentials per client.', example: 5 })
  maxCredentialsPerClient?: number;

  @WholeNumber({
    optional: true,
    min: 60,
    max: 315_360_000,
    description:
      'How old credentials can get: each one that is issued, rotated or changed must expire by then. Those that ' +
      'there are stay as they are.',
    example: 31_536_000,
  })
  credentialMaxAgeSeconds?: number;

  @WholeNumber({
    optional: true,
    min: 60,
    max: 315_360_000,
    description:
      'When credentials expire that are given no end; by their maximum age, or never, when left out.',
    example: 7_776_000,
  })
  credentialDefaultTtlSeconds?: number;

  @WholeNumber({
    optional: true,
    min: 0,
    max: 604_800,
    description: 'How long a credential that was rotated away can be brought back; 3600 when left out.',
    example: 3600,
  })
  rotationUndoSeconds?: number;

  @Choice(signingAlgorithms, {
    optional: true,
    description: 'How access tokens are signed; ES256 when left out.',
    example: 'ES256',
  })
  accessTokenSigningAlg?: string;

  @Nested(AllowedNetworksBody, {
    optional: true,
    description: 'From where its clients may ask for tokens; from everywhere when left out.',
  })
  allowedNetworks?: AllowedNetworksBody;

  @Choice(leakPolicies, {
    optional: true,
    description:
      'What becomes of a credential whose secret is reported as leaked; `notify` when left out. `quarantine`: it works ' +
      'from where it was used before alone. `rotate`: it expires after `leakRotationSeconds`. `revoke`: it ends at once, ' +
      'with its tokens.',
    example: 'quarantine',
  })
  leakPolicy?: LeakPolicy;

  @WholeNumber({
    optional: true,
    min: 60,
    max: 2_592_000,
    description: 'With `rotate`, how long a leaked credential lives on; 86400 when left out.',
    example: 86_400,
  })
  leakRotationSeconds?: number;

  @Nested(AdminRateLimit, { optional: true, description: 'In the place of the usual limit of each surface.' })
  adminRateLimit?: AdminRateLimit;

  @Nested(TokenQuota, {
    optional: true,
    description: 'For all clients of the customer together; only operators set and change it.',
  })
  tokenQuota?: TokenQuota;

  @Nested(TokenQuota, { optional: true, description: 'For each client of the customer.' })
  clientTokenQuota?: TokenQuota;
}

/** What is the same in the body of a create and of a replacement. */
class CustomerFields {
  @Text({ optional: true, min: 1, notBlank: true, description: 'The id when left out.', example: 'ABC Ltd.' })
  name?: string;

  @Text({ optional: true, nullable: true, max: 1000, multiline: true, default: null, example: 'A customer' })
  description?: string | null;

  @Flag({ optional: true, default: true, description: 'False: none of its clients gets or can use a token.' })
  enabled?: boolean;

  @Nested(CustomSettings, { optional: true })
  customSettings?: CustomSettings;

  @Nested(MultitokenConfig, {
    optional: true,
    nullable: true,
    default: null,
    description: 'Null: every request for a token makes a new one.',
  })
  multitokenConfig?: MultitokenConfig | null;

  @Nested(CustomerSettings, { optional: true })
  settings?: CustomerSettings;
}

/** A customer to create. */
export class NewCustomerBody extends CustomerFields {
  @Text({ ...customerIdRule, description: 'Its public key, for ever.', example: 'ABC' })
  id: string;

  @ListOf(String, {
    optional: true,
    unique: true,
    maxItems: 1000,
    each: tenantIdRule,
    description: 'The tenants to begin with.',
    example: ['tenant1'],
  })
  tenants?: string[];

  @ListOf(String, {
    optional: true,
    maxItems: 0,
    description: 'None yet: they are made at …/roles/permissions.',
    example: [],
  })
  customerSpecificRoles?: string[];
}

/** A customer to replace: what is left out goes back to its default. Tenants and roles have their own routes. */
export class CustomerBody extends CustomerFields {
  @Text({ ...customerIdRule, optional: true, description: 'The id of the path.', example: 'ABC' })
  id?: string;

  @ListOf(String, {
    optional: true,
    maxItems: 10_000,
    each: tenantIdRule,
    description: 'As they are, or left out: they change at …/tenants.',
    example: ['tenant1'],
  })
  tenants?: string[];

  @ListOf(String, {
    optional: true,
    maxItems: 10_000,
    description: 'As they are, or left out: they change at …/roles/permissions.',
    example: [],
  })
  customerSpecificRoles?: string[];
}

/** A customer. */
export class CustomerAnswer {
  @ApiProperty({ example: 'ABC' })
  id: string;

  @ApiProperty({ example: 'ABC Ltd.' })
  name: string;

  @ApiProperty({ type: String, nullable: true, example: 'A customer' })
  description: string | null;

  @ApiProperty({ example: true })
  enabled: boolean;

  @ApiProperty({ type: [String], example: ['tenant1'] })
  tenants: readonly string[];

  @ApiProperty({ type: [String], example: ['ROLE_DEPLOYER'] })
  customerSpecificRoles: readonly string[];

  @ApiProperty({ type: () => CustomSettings })
  customSettings: CustomSettings;

  @ApiProperty({ type: () => MultitokenConfig, nullable: true })
  multitokenConfig: MultitokenConfig | null;

  @ApiProperty({ type: () => CustomerSettings })
  settings: CustomerSettings;
}
