import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse } from '@nestjs/swagger';

/** The body of a token request, form-encoded (RFC 6749 §4.4.2). */
export class TokenRequestForm {
  @ApiProperty({ enum: ['client_credentials'], example: 'client_credentials' })
  grant_type: string;

  @ApiProperty({
    required: false,
    description: 'Blank-separated; none: all that the client may have.',
    example: 'read',
  })
  scope?: string;

  @ApiProperty({
    required: false,
    description: 'One of the resources of the client (RFC 8707); none: all of them.',
  })
  resource?: string;

  @ApiProperty({ required: false, description: 'With client_secret_post.' })
  client_id?: string;

  @ApiProperty({ required: false, description: 'With client_secret_post.', format: 'password' })
  client_secret?: string;
}

/** A token and what is to be known of it (RFC 6749 §5.1). */
export class TokenAnswer {
  @ApiProperty({
    description: 'A signed JWT (RFC 9068).',
    example: 'eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.e30.c2ln',
  })
  access_token: string;

  @ApiProperty({ enum: ['Bearer'], example: 'Bearer' })
  token_type: string;

  @ApiProperty({ description: 'Seconds.', example: 3600 })
  expires_in: number;

  @ApiProperty({
    required: false,
    description: 'The scopes of the token, if it has any.',
    example: 'read write',
  })
  scope?: string;
}

/** The body of an introspection or revocation request, form-encoded (RFC 7662 §2.1, RFC 7009 §2.1). */
export class TokenForm {
  @ApiProperty({ description: 'The token in question.' })
  token: string;

  @ApiProperty({ required: false, description: 'A hint that changes nothing.', example: 'access_token' })
  token_type_hint?: string;
}

/** What introspection tells (RFC 7662 §2.2); of a token that is not alive, or none of the caller's business, `active` alone. */
export class IntrospectionAnswer {
  @ApiProperty({ example: true })
  active: boolean;

  @ApiProperty({ required: false, example: 'http://localhost:3000' })
  iss?: string;

  @ApiProperty({ required: false, example: 'client:0b8f6a3e-6d6c-4c53-a5d4-7f6c0f4f1f60' })
  sub?: string;

  @ApiProperty({
    required: false,
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    example: 'http://localhost:3000',
  })
  aud?: string | readonly string[];

  @ApiProperty({ required: false, example: 'test_client' })
  client_id?: string;

  @ApiProperty({ required: false, example: 1763700000 })
  exp?: number;

  @ApiProperty({ required: false, example: 1763696400 })
  iat?: number;

  @ApiProperty({ required: false, example: 'read write' })
  scope?: string;

  @ApiProperty({ required: false, example: 'Bearer' })
  token_type?: string;

  @ApiProperty({ required: false, example: 'Zk3yUOpUrbJvU0cVUdMcN0m2WqY' })
  jti?: string;

  @ApiProperty({ required: false, description: 'The organization.', example: 'ABC' })
  customer?: string;

  @ApiProperty({
    selfRequired: false,
    description: 'Role to tenants.',
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    example: { ROLE_API: ['tenant1'] },
  })
  roles?: Readonly<Record<string, readonly string[]>>;
}

/** What a virtual user may do. */
class UserPermissions {
  @ApiProperty({
    description: 'Role to tenants.',
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    example: { ROLE_API: ['tenant1'] },
  })
  roles: Readonly<Record<string, readonly string[]>>;
}

/** The client of a token as a virtual user. */
export class CheckTokenAnswer {
  @ApiProperty({ example: 'test_client' })
  username: string;

  @ApiProperty({ example: 'ABC' })
  customer: string;

  @ApiProperty({ type: [String], example: ['tenant1'] })
  tenants: readonly string[];

  @ApiProperty({ type: () => UserPermissions })
  userPermissions: UserPermissions;

  @ApiProperty({ example: 'test_client' })
  clientId: string;

  @ApiProperty({ description: 'Seconds until the token ends.', example: 3599 })
  expires_in: number;
}

/** An error of the OAuth endpoints (RFC 6749 §5.2). */
class OAuthErrorAnswer {
  @ApiProperty({ example: 'invalid_request' })
  error: string;

  @ApiProperty({ required: false, example: 'The parameter grant_type is missing.' })
  error_description?: string;
}

const oauthErrors: Readonly<Record<number, readonly [description: string, error: string]>> = {
  400: ['The request is malformed, or asks for what the client may not have.', 'invalid_request'],
  401: ['The client did not prove itself.', 'invalid_client'],
  409: ['It conflicts with what is there.', 'invalid_request'],
  413: ['The body is too large.', 'invalid_request'],
  415: ['The body is not form-encoded UTF-8.', 'invalid_request'],
  429: [
    'Too many failed attempts, or as many active tokens as allowed; see Retry-After.',
    'temporarily_unavailable',
  ],
  503: ['The server cannot tell at the moment; see Retry-After.', 'temporarily_unavailable'],
};

/** Documents the errors of an OAuth endpoint. */
export function AnswersOAuthErrors(...statuses: number[]): MethodDecorator {
  return applyDecorators(
    ...statuses.map((status) => {
      const [description = '', error = 'invalid_request'] = oauthErrors[status] ?? [];
      return ApiResponse({ status, description, type: OAuthErrorAnswer, example: { error } });
    }),
  );
}
