import { Body, Controller, Header, HttpCode, Ip, Post, Req, UseGuards } from '@nestjs/common';
import { ApiBasicAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedClient } from '#libs/credentials';
import { TokenRevoker } from '#libs/tokens';
import { Form } from '../http/form.js';
import { Accepts, formMediaType } from '../http/route.js';
import { clientBasic } from '../openapi/security-schemes.js';
import { Public } from '../security/access-rule.js';
import { ClientAuthGuard } from '../security/client-auth.guard.js';
import { ProvenClient } from '../security/request-facts.decorator.js';
import { AnswersOAuthErrors, TokenForm } from './oauth.dto.js';
import { tokenParameter } from './parameters.js';

/** Ends a token at the wish of its client (RFC 7009). */
@ApiTags('OAuth')
@Controller('oauth/revoke')
export class RevocationController {
  constructor(private readonly revoker: TokenRevoker) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  @Accepts(formMediaType)
  @UseGuards(ClientAuthGuard)
  @Public('The client proves itself by its secret.')
  @ApiOperation({
    summary: 'Revoke a token',
    description:
      'RFC 7009. The answer is the same for a token that was revoked, is unknown, or is not the caller’s.',
  })
  @ApiBasicAuth(clientBasic)
  @ApiBody({ type: TokenForm })
  @ApiOkResponse({ description: 'The token is not alive, whatever it was; no body.' })
  @AnswersOAuthErrors(400, 401, 413, 415, 429, 503)
  async revoke(
    @ProvenClient() { client, credential }: AuthenticatedClient,
    @Body() form: Form | undefined,
    @Ip() address: string,
    @Req() { id: requestId }: FastifyRequest,
  ): Promise<void> {
    const actor = { name: client.clientId, credentialId: credential.id, address, requestId };
    await this.revoker.revoke(client, actor, tokenParameter(form));
  }
}
