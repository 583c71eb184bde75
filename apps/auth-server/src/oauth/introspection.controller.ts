import { Controller, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { andThen } from '#libs/common';
import { type LiveToken, TokenIntrospector } from '#libs/tokens';
import { Direct, type DirectAnswer, type DirectRequest } from '../http/direct/direct-route.js';
import type { Form } from '../http/parsing/form.js';
import { ClientProof } from '../security/client-proof.js';
import { readPresentedSecret } from '../security/presented-secret.js';
import { answerPrivately } from './answer-privately.js';
import { IntrospectionAnswer, TokenForm } from './oauth.dto.js';
import { tokenParameter } from './parameters.js';
import { ProvenClientEndpoint } from './proven-client-endpoint.decorator.js';

/** Tells a client about a token of its own organization (RFC 7662). */
@ApiTags('OAuth')
@Controller('oauth/introspect')
export class IntrospectionController {
  constructor(
    private readonly proof: ClientProof,
    private readonly introspector: TokenIntrospector,
  ) {}

  @Post()
  @Direct()
  @ProvenClientEndpoint(
    TokenForm,
    'Introspect a token',
    'RFC 7662. Tokens that are dead, and those of other organizations, are just not active.',
  )
  @ApiOkResponse({ type: IntrospectionAnswer })
  introspect(request: DirectRequest): DirectAnswer | Promise<DirectAnswer> {
    return andThen(this.proof.prove(request, readPresentedSecret(request)), ({ client }) => {
      const token = tokenParameter(request.body as Form | undefined);
      return andThen(this.introspector.introspect(client, token), (live) =>
        answerPrivately(live ? JSON.stringify(toAnswer(live)) : '{"active":false}'),
      );
    });
  }
}

function toAnswer({ claims }: LiveToken): IntrospectionAnswer {
  const { iss, sub, aud, client_id, exp, iat, scope, jti, customer, roles } = claims;
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
