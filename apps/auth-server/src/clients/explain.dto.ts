import { isIP } from 'node:net';
import { ApiProperty } from '@nestjs/swagger';
import { Moment, Text, Uuid } from '../http/fields.js';

/** A token request as it might be made; no secret is needed. */
export class ExplainBody {
  @Text({
    optional: true,
    max: 2000,
    default: 'client_credentials',
    description: 'As `grant_type`; empty: none is sent.',
    example: 'client_credentials',
  })
  grantType?: string;

  @Text({ optional: true, max: 10_000, description: 'As `scope`, separated by blanks.', example: 'read' })
  scope?: string;

  @Text({ optional: true, max: 2000, description: 'As `resource` (RFC 8707).' })
  resource?: string;

  @Text({
    optional: true,
    description: 'How the secret would be sent; the first of the client’s methods when left out.',
    example: 'client_secret_basic',
  })
  authenticationMethod?: string;

  @Uuid({
    optional: true,
    nullable: true,
    description:
      'Whose secret would be sent; null: a secret that opens nothing. The newest that works, else the newest, when ' +
      'left out.',
  })
  credentialId?: string | null;

  @Text({
    optional: true,
    max: 45,
    test: { passes: (text) => isIP(text) !== 0, message: 'must be an IPv4 or IPv6 address' },
    description:
      'From where it would come. What depends on it, networks and the limit of failures, is not judged when it is ' +
      'left out.',
    example: '192.0.2.7',
  })
  address?: string;

  @Moment({
    optional: true,
    description: 'When; now when left out. Changes that are planned until then are not foreseen.',
  })
  at?: string;
}

/** One rule, in the order in which the token endpoint judges. */
export class ExplainedRule {
  @ApiProperty({
    enum: [
      'guess_limit',
      'authentication_method',
      'secret',
      'credential_lifetime',
      'client_enabled',
      'organization_enabled',
      'organization_networks',
      'client_networks',
      'credential_networks',
      'quarantine',
      'grant_type_given',
      'grant_type_supported',
      'grant_type_registered',
      'scope',
      'resource',
      'active_tokens',
      'signing_key',
      'token_quotas',
    ],
    description: 'Stable.',
    example: 'scope',
  })
  rule: string;

  @ApiProperty({
    enum: ['passed', 'failed', 'assumed'],
    description: '`assumed`: of the secret, that it would be right.',
    example: 'passed',
  })
  result: string;
}

/** A token that would be issued. */
export class ExplainedToken {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'All but `jti`, which each token has of its own.',
  })
  claims: object;

  @ApiProperty({ type: 'integer', description: 'Seconds.', example: 3600 })
  expiresIn: number;

  @ApiProperty({ type: String, nullable: true, example: 'read' })
  scope: string | null;

  @ApiProperty({ example: 'ES256' })
  algorithm: string;

  @ApiProperty({ description: 'Whether it is the live token of the same request once more.', example: false })
  isReused: boolean;
}

/** What the token endpoint would answer, and by which rule. */
export class ExplainAnswer {
  @ApiProperty({ enum: ['issued', 'refused'], example: 'issued' })
  outcome: string;

  @ApiProperty({ type: 'integer', description: 'The status that it would answer.', example: 200 })
  status: number;

  @ApiProperty({ type: String, nullable: true, description: 'The rule that refuses.', example: null })
  refusedBy: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'As the token endpoint would answer it (RFC 6749 §5.2).',
    example: null,
  })
  error: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  errorDescription: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'Whose secret was assumed.' })
  credentialId: string | null;

  @ApiProperty({ type: [ExplainedRule], description: 'What was judged; the last one refuses, if any does.' })
  rules: ExplainedRule[];

  @ApiProperty({
    type: [String],
    description: 'Whose allowed networks, in shadow mode, leave the address out.',
    example: [],
  })
  wouldBeRefusedByNetworksOf: readonly string[];

  @ApiProperty({ type: () => ExplainedToken, nullable: true })
  token: ExplainedToken | null;
}
