import { Body, Controller, Headers, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { invalidRequest } from '#libs/common';
import type { AuthenticatedClient } from '#libs/credentials';
import { TokenEndpoint } from '#libs/tokens';
import { Form } from '../http/form.js';
import { ProvenClient } from '../security/request-facts.decorator.js';
import { TokenAnswer, TokenRequestForm } from './oauth.dto.js';
import { mustNotRepeatParameters } from './parameters.js';
import { ProvenClientEndpoint } from './proven-client-endpoint.decorator.js';
import { TokenAnswerExtensions } from './token-answer-extensions.js';

/** The token endpoint (RFC 6749 §3.2): who proves himself gets a token of what he may have. */
@ApiTags('OAuth')
@Controller('oauth/token')
export class TokenController {
  constructor(
    private readonly endpoint: TokenEndpoint,
    private readonly extensions: TokenAnswerExtensions,
  ) {}

  @Post()
  @ProvenClientEndpoint(
    TokenRequestForm,
    'Get an access token',
    'RFC 6749 §4.4. The client proves itself by Basic header or in the body, as it was registered.',
  )
  @ApiOkResponse({ type: TokenAnswer })
  async issue(
    @ProvenClient() proven: AuthenticatedClient,
    @Body() form: Form | undefined,
    @Headers('dpop') proof: string | undefined,
  ): Promise<TokenAnswer> {
    // Who sends a proof wants a token bound to its key (RFC 9449 §5): one for any bearer must not pass for it.
    if (proof !== undefined) throw invalidRequest('This server does not bind tokens by DPoP.');
    const parameters = mustNotRepeatParameters(form);
    const token = await this.endpoint.issue(proven, parameters);
    const { accessToken, expiresInSeconds, scope } = token;
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      ...(scope !== undefined && { scope }),
      ...this.extensions.of(proven.client, token),
    };
  }
}
