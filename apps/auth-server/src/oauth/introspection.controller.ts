import { Body, Controller, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { AuthenticatedClient } from '#libs/credentials';
import { TokenIntrospector } from '#libs/tokens';
import { Form } from '../http/form.js';
import { ProvenClient } from '../security/request-facts.decorator.js';
import { IntrospectionAnswer, TokenForm } from './oauth.dto.js';
import { tokenParameter } from './parameters.js';
import { ProvenClientEndpoint } from './proven-client-endpoint.decorator.js';

/** Tells a client about a token of its own organization (RFC 7662). */
@ApiTags('OAuth')
@Controller('oauth/introspect')
export class IntrospectionController {
  constructor(private readonly introspector: TokenIntrospector) {}

  @Post()
  @ProvenClientEndpoint(
    TokenForm,
    'Introspect a token',
    'RFC 7662. Tokens that are dead, and those of other organizations, are just not active.',
  )
  @ApiOkResponse({ type: IntrospectionAnswer })
  async introspect(
    @ProvenClient() { client }: AuthenticatedClient,
    @Body() form: Form | undefined,
  ): Promise<IntrospectionAnswer> {
    const live = await this.introspector.introspect(client, tokenParameter(form));
    if (!live) return { active: false };
    const { iss, sub, aud, client_id, exp, iat, scope, jti, customer, roles } = live.claims;
    return {
      active: true,
      iss,
      sub,
      aud,
      client_id,
      exp,
      iat,
      ...(scope !== undefined && { scope }),
      token_type: 'Bearer',
      jti,
      customer,
      roles,
    };
  }
}
