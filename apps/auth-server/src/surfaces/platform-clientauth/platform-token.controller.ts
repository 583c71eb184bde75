import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SubjectLabelGrant } from '#libs/tokens';
import { BodyPipe } from '../../http/parsing/body.pipe.js';
import { JsonBody } from '../../openapi/json-body.js';
import { Public } from '../../security/access-rule.js';
import { ClientProof } from '../../security/client-proof.js';
import { standingHeadersOfTokens, standingOf } from '../../security/token-standing.js';
import { PlatformToken, PlatformTokenBody } from './platform-clientauth.dto.js';
import { fromProof, fromTokenRequest, toToken } from './platform-clientauth.mapper.js';
import { AnswersPlatformErrors } from './platform-clientauth-error.filter.js';

/** Exchanges id and secret for a short-lived token under a label of the client's own. */
@ApiTags('Platform client credentials')
@Controller('platform/clientauth/token')
export class PlatformTokenController {
  constructor(
    private readonly proof: ClientProof,
    private readonly labels: SubjectLabelGrant,
  ) {}

  @Post()
  @HttpCode(200)
  @Public('The client proves itself by its secret.')
  @ApiOperation({
    summary: 'Mint client access token',
    description:
      'For a client that may use client_secret_post and client_credentials. The subject is an opaque label: what the ' +
      'token entitles to follows from the client alone.',
  })
  @JsonBody(PlatformTokenBody)
  @ApiOkResponse({ type: PlatformToken, description: 'The token.', headers: standingHeadersOfTokens })
  @AnswersPlatformErrors(400, 401, 413, 415, 429, 500, 503)
  async mint(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body(new BodyPipe(PlatformTokenBody, { unknownFields: 'ignore' })) body: PlatformTokenBody,
  ): Promise<PlatformToken> {
    const client = await this.proof.prove(request, fromProof(body));
    const token = await this.labels.issue(client, fromTokenRequest(body));
    reply.headers(standingOf(token));
    return toToken(token);
  }
}
