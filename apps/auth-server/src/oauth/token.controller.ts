import { Controller, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { andThen, invalidRequest } from '#libs/common';
import type { AuthenticatedClient } from '#libs/credentials';
import { type IssuedToken, TokenEndpoint } from '#libs/tokens';
import { Direct, type DirectAnswer, type DirectRequest } from '../http/direct/direct-route.js';
import type { Form } from '../http/parsing/form.js';
import { ClientProof } from '../security/client-proof.js';
import { readPresentedSecret } from '../security/presented-secret.js';
import { standingHeadersOfTokens, standingOf } from '../security/token-standing.js';
import { answerPrivately } from './answer-privately.js';
import { TokenAnswer, TokenRequestForm } from './oauth.dto.js';
import { mustNotRepeatParameters } from './parameters.js';
import { ProvenClientEndpoint } from './proven-client-endpoint.decorator.js';
import { TokenAnswerExtensions } from './token-answer-extensions.js';

/** The token endpoint (RFC 6749 §3.2): who proves himself gets a token of what he may have. */
@ApiTags('OAuth')
@Controller('oauth/token')
export class TokenController {
  constructor(
    private readonly proof: ClientProof,
    private readonly endpoint: TokenEndpoint,
    private readonly extensions: TokenAnswerExtensions,
  ) {}

  @Post()
  @Direct()
  @ProvenClientEndpoint(
    TokenRequestForm,
    'Get an access token',
    'RFC 6749 §4.4. The client proves itself by Basic header or in the body, as it was registered.',
  )
  @ApiOkResponse({ type: TokenAnswer, headers: standingHeadersOfTokens })
  issue(request: DirectRequest): DirectAnswer | Promise<DirectAnswer> {
    return andThen(this.proof.prove(request, readPresentedSecret(request)), (proven) =>
      andThen(this.issueTo(proven, request), (token) => this.answer(proven, token)),
    );
  }

  private issueTo(proven: AuthenticatedClient, request: DirectRequest): IssuedToken | Promise<IssuedToken> {
    // Who sends a proof wants a token bound to its key (RFC 9449 §5): one for any bearer must not pass for it.
    if (request.headers['dpop'] !== undefined)
      throw invalidRequest('This server does not bind tokens by DPoP.');
    return this.endpoint.issue(proven, mustNotRepeatParameters(request.body as Form | undefined));
  }

  private answer({ client }: AuthenticatedClient, token: IssuedToken): DirectAnswer {
    const { accessToken, expiresInSeconds, scope } = token;
    const headers: string[] = [];
    for (const [name, value] of Object.entries(standingOf(token))) headers.push(name, value);
    const more = this.extensions.of(client, token);
    // A token and a number are JSON as they are: the longest text of the server need not be searched for quotes.
    const usual = `"access_token":"${accessToken}","token_type":"Bearer","expires_in":${expiresInSeconds}`;
    if (scope === undefined && more === undefined) return answerPrivately(`{${usual}}`, headers);
    const others = JSON.stringify({ scope, ...more }).slice(1);
    return answerPrivately(others === '}' ? `{${usual}}` : `{${usual},${others}`, headers);
  }
}
