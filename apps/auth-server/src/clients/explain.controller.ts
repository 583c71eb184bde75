import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { ClientsService } from '#libs/clients';
import { Clock, notFound } from '#libs/common';
import {
  AuthenticationForesight,
  ClientRegistry,
  CredentialsService,
  type RegisteredClient,
  type RegisteredCredential,
} from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { TokenForesight } from '#libs/tokens';
import { OptionalBodyPipe } from '../credentials/optional-body.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { explainExamples } from './clients.examples.js';
import { ExplainAnswer, ExplainBody } from './explain.dto.js';
import { fromParameters, fromProof, toExplanation } from './explain.mapper.js';

const resource = 'Auth.Customer.Clients';

/** What the token endpoint would answer to a client, and why. */
@ApiTags('Clients')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@ApiParam({ name: 'clientId', schema: { type: 'string', example: 'test_client' } })
@Controller('oauth/customers/:customerId/clients/:clientId/explain')
export class ExplainController {
  constructor(
    private readonly clients: ClientsService,
    private readonly registry: ClientRegistry,
    private readonly credentials: CredentialsService,
    private readonly authentication: AuthenticationForesight,
    private readonly tokens: TokenForesight,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'Explain what a token request would get',
    description:
      `Takes ${resource} READ. Asks the code of \`POST /oauth/token\` what it would answer: the token, or the refusal ` +
      'and the rule behind it. Needs no secret, and changes nothing: no token, no use, no failure is counted.',
  })
  @JsonBody(ExplainBody, { required: false, examples: explainExamples })
  @ApiOkResponse({ type: ExplainAnswer })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async explain(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Body(new OptionalBodyPipe(ExplainBody)) body: ExplainBody,
  ): Promise<ExplainAnswer> {
    await this.clients.get(caller, organization, clientId);
    const client = await this.registry.find(clientId);
    if (!client || client.organization.id !== organization.id) throw notFound('client');
    const at = body.at === undefined ? this.clock.now() : new Date(body.at);
    const known =
      body.credentialId === undefined
        ? this.authentication.likelyCredential(client, at)
        : await this.credentialOf(caller, organization, client, body.credentialId);
    const foresight = await this.tokens.foresee(fromProof(body, client, known, at), fromParameters(body));
    return toExplanation(foresight, known);
  }

  /** @returns null for none, and for one that is over for good @throws DomainError `not_found` */
  private async credentialOf(
    caller: Principal,
    organization: OrganizationRef,
    { clientId, credentials }: RegisteredClient,
    credentialId: string | null,
  ): Promise<RegisteredCredential | null> {
    if (credentialId === null) return null;
    const known = credentials.find(({ id }) => id === credentialId.toLowerCase());
    if (known) return known;
    await this.credentials.get(caller, organization, clientId, credentialId);
    return null;
  }
}
