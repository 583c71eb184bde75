import { Body, Controller, Get, Header, HttpCode, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBasicAuth, ApiBody, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Clock, DomainError, invalidRequest } from '#libs/common';
import type { AuthenticatedClient, RegisteredClient } from '#libs/credentials';
import { TokenIntrospector } from '#libs/tokens';
import { Form } from '../http/parsing/form.js';
import { Accepts, formMediaType } from '../http/route.js';
import { clientBasic } from '../openapi/security-schemes.js';
import { Public } from '../security/access-rule.js';
import { ClientAuthGuard } from '../security/client-auth.guard.js';
import { ProvenClient } from '../security/request-facts.decorator.js';
import { AnswersOAuthErrors, CheckTokenAnswer, TokenForm } from './oauth.dto.js';
import { tokenParameter } from './parameters.js';

/** Answers the client of a token as a virtual user, as portals of the native API know it. */
@ApiTags('OAuth')
@Controller('oauth/checkToken')
@Public('The client proves itself by its secret.')
@UseGuards(ClientAuthGuard)
@ApiBasicAuth(clientBasic)
export class CheckTokenController {
  constructor(
    private readonly introspector: TokenIntrospector,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Accepts(formMediaType)
  @ApiOperation({
    summary: 'Check a token',
    description: 'The token in a form-encoded body or in the query.',
  })
  @ApiBody({ type: TokenForm, required: false })
  @ApiQuery({ name: 'token', required: false })
  @ApiOkResponse({ type: CheckTokenAnswer })
  @AnswersOAuthErrors(400, 401, 413, 415, 429, 503)
  async checkPosted(
    @ProvenClient() { client }: AuthenticatedClient,
    @Body() form: Form | undefined,
    @Query('token') queried: unknown,
  ): Promise<CheckTokenAnswer> {
    const posted = form?.single('token', 60_000);
    if (posted !== undefined && queried !== undefined) throw invalidRequest('Send the token once.');
    return this.check(client, posted ?? queriedToken(queried) ?? tokenParameter(form));
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Check a token in the query', description: 'Prefer POST: URLs end up in logs.' })
  @ApiQuery({ name: 'token' })
  @ApiOkResponse({ type: CheckTokenAnswer })
  @AnswersOAuthErrors(400, 401, 429, 503)
  async checkQueried(
    @ProvenClient() { client }: AuthenticatedClient,
    @Query('token') queried: unknown,
  ): Promise<CheckTokenAnswer> {
    return this.check(client, queriedToken(queried) ?? tokenParameter(undefined));
  }

  private async check(caller: RegisteredClient, token: string): Promise<CheckTokenAnswer> {
    const live = await this.introspector.introspect(caller, token);
    if (!live) throw new DomainError('invalid', 'The token was not recognised.', { code: 'invalid_token' });
    const { client_id: clientId, customer, roles, exp } = live.claims;
    return {
      username: clientId,
      customer,
      tenants: [...new Set(Object.values(roles).flat())],
      userPermissions: { roles },
      clientId,
      expires_in: exp - this.clock.nowSeconds(),
    };
  }
}

function queriedToken(queried: unknown): string | undefined {
  if (queried === undefined || queried === '') return undefined;
  if (typeof queried !== 'string') throw invalidRequest('The parameter token must not be repeated.');
  return queried;
}
