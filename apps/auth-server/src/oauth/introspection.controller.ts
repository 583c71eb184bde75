import { Body, Controller, Header, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiBasicAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AuthenticatedClient } from '#libs/credentials';
import { TokenIntrospector } from '#libs/tokens';
import { Form } from '../http/form.js';
import { Accepts, formMediaType } from '../http/route.js';
import { clientBasic } from '../openapi/security-schemes.js';
import { Public } from '../security/access-rule.js';
import { ClientAuthGuard } from '../security/client-auth.guard.js';
import { ProvenClient } from '../security/request-facts.decorator.js';
import { AnswersOAuthErrors, IntrospectionAnswer, TokenForm } from './oauth.dto.js';
import { tokenParameter } from './parameters.js';

/** Tells a client about a token of its own organization (RFC 7662). */
@ApiTags('OAuth')
@Controller('oauth/introspect')
export class IntrospectionController {
  constructor(private readonly introspector: TokenIntrospector) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  @Accepts(formMediaType)
  @UseGuards(ClientAuthGuard)
  @Public('The client proves itself by its secret.')
  @ApiOperation({
    summary: 'Introspect a token',
    description: 'RFC 7662. Tokens that are dead, and those of other organizations, are just not active.',
  })
  @ApiBasicAuth(clientBasic)
  @ApiBody({ type: TokenForm })
  @ApiOkResponse({ type: IntrospectionAnswer })
  @AnswersOAuthErrors(400, 401, 413, 415, 429, 503)
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
