import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TokenEndpoint } from '#libs/tokens';
import { Form } from '../../http/parsing/form.js';
import { Accepts, formMediaType, multipartMediaType } from '../../http/route.js';
import { Public } from '../../security/access-rule.js';
import { ClientProof } from '../../security/client-proof.js';
import { standingHeadersOfTokens, standingOf } from '../../security/token-standing.js';
import { AnswersByAccept } from './answers-by-accept.interceptor.js';
import { V0Token, V0TokenForm } from './client-credentials-v0.dto.js';
import { fromProof, fromTokenForm, toToken } from './client-credentials-v0.mapper.js';
import { AnswersV0Problems } from './client-credentials-v0-error.filter.js';

/** The token endpoint of this API: the same tokens as everywhere, in its own words. */
@ApiTags('Client credentials v0')
@Controller('api/v0/oauth/token')
@AnswersByAccept()
export class TokenV0Controller {
  constructor(
    private readonly proof: ClientProof,
    private readonly endpoint: TokenEndpoint,
  ) {}

  @Post()
  @HttpCode(200)
  @Accepts(multipartMediaType, formMediaType)
  @Public('The client proves itself by its secret.')
  @ApiOperation({
    summary: 'Get an access token',
    description:
      'For a client that may use client_secret_post. The names of the fields compare case-insensitively, and those ' +
      'of RFC 6749 work as well.',
  })
  @ApiBody({ type: V0TokenForm })
  @ApiOkResponse({ type: V0Token, description: 'The token.', headers: standingHeadersOfTokens })
  @AnswersV0Problems(400, 401, 413, 415, 429, 500, 503)
  async issue(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() form: Form | undefined,
  ): Promise<V0Token> {
    const parameters = fromTokenForm(form);
    const client = await this.proof.prove(request, fromProof(parameters));
    const token = await this.endpoint.issue(client, parameters);
    reply.headers(standingOf(token));
    return toToken(token);
  }
}
