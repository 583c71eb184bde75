import { Body, Controller, Header, HttpCode, Ip, Post, Req, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedClient } from '#libs/credentials';
import { TokenRevoker } from '#libs/tokens';
import { Form } from '../http/parsing/form.js';
import { ClientAuthGuard } from '../security/client-auth.guard.js';
import { ProvenClient } from '../security/request-facts.decorator.js';
import { TokenForm } from './oauth.dto.js';
import { tokenParameter } from './parameters.js';
import { ProvenClientEndpoint } from './proven-client-endpoint.decorator.js';

/** Ends a token at the wish of its client (RFC 7009). */
@ApiTags('OAuth')
@Controller('oauth/revoke')
export class RevocationController {
  constructor(private readonly revoker: TokenRevoker) {}

  @Post()
  @HttpCode(200)
  @Header('Pragma', 'no-cache')
  @UseGuards(ClientAuthGuard)
  @ProvenClientEndpoint(
    TokenForm,
    'Revoke a token',
    'RFC 7009. The answer is the same for a token that was revoked, is unknown, or is not the caller’s.',
  )
  @ApiOkResponse({ description: 'The token is not alive, whatever it was; no body.' })
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
