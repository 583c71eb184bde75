import { Controller, Get, Header, Inject, NotFoundException, Req } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { clientAuthenticationMethods } from '#libs/clients';
import { Settings } from '#libs/common';
import { GrantRegistry } from '#libs/tokens';
import { Public } from '../security/access-rule.js';

/** What this server can do (RFC 8414 §2). It says nothing of any organization. */
interface ServerMetadata {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly token_endpoint_auth_methods_supported: readonly string[];
  readonly introspection_endpoint: string;
  readonly introspection_endpoint_auth_methods_supported: readonly string[];
  readonly revocation_endpoint: string;
  readonly revocation_endpoint_auth_methods_supported: readonly string[];
  readonly jwks_uri: string;
  readonly grant_types_supported: readonly string[];
  readonly response_types_supported: readonly string[];
  readonly service_documentation: string;
}

/** Tells clients where the endpoints are and what they take, in the two places where clients look. */
@ApiTags('OAuth')
@Controller('.well-known')
export class MetadataController {
  private readonly metadata: ServerMetadata;
  /** Without the leading slash; empty when the issuer is a mere origin. */
  private readonly issuerPath: string;

  constructor(grants: GrantRegistry, @Inject(Settings) { issuer }: Settings) {
    const methods = [...clientAuthenticationMethods];
    this.issuerPath = new URL(issuer).pathname.slice(1);
    this.metadata = {
      issuer,
      token_endpoint: `${issuer}/oauth/token`,
      token_endpoint_auth_methods_supported: methods,
      introspection_endpoint: `${issuer}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: methods,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      revocation_endpoint_auth_methods_supported: methods,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      grant_types_supported: grants.grantTypes,
      // Required by RFC 8414 §2 even of a server without an authorization endpoint, which has none to offer.
      response_types_supported: [],
      service_documentation: `${issuer}/docs`,
    };
  }

  @Get('oauth-authorization-server')
  @Header('Cache-Control', 'public, max-age=300')
  @Public('Clients configure themselves by it.')
  @ApiOperation({ summary: 'Authorization server metadata', description: 'RFC 8414 §3.' })
  @ApiOkResponse({ description: 'The metadata.', schema: { type: 'object', required: ['issuer'] } })
  getOAuth(): ServerMetadata {
    return this.metadata;
  }

  /** The well-known part stands between the host and the path of an issuer that has one (RFC 8414 §3.1). */
  @Get('oauth-authorization-server/*')
  @Header('Cache-Control', 'public, max-age=300')
  @Public('Clients configure themselves by it.')
  @ApiExcludeEndpoint()
  getOAuthOfPath(@Req() { params }: FastifyRequest): ServerMetadata {
    const path = (params as { '*': string })['*'];
    if (path === '' || path !== this.issuerPath) throw new NotFoundException();
    return this.metadata;
  }

  @Get('openid-configuration')
  @Header('Cache-Control', 'public, max-age=300')
  @Public('Clients configure themselves by it.')
  @ApiOperation({
    summary: 'The same metadata, where OpenID clients look',
    description: 'OpenID Connect Discovery §4. There is no authorization endpoint and no ID token.',
  })
  @ApiOkResponse({ description: 'The metadata.', schema: { type: 'object', required: ['issuer'] } })
  getOpenId(): ServerMetadata {
    return this.metadata;
  }
}
