import { Controller, Get, Param, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { ClientsService } from '#libs/clients';
import { notFound } from '#libs/common';
import { ClientRegistry } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { ActiveTokens } from '#libs/tokens';
import { StatusAnswer, success } from '../customers/status.dto.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { MultitokensAnswer } from './clients.dto.js';

const resource = 'Auth.Customer.Clients';

/** The tokens of a client as a whole. */
@ApiTags('Clients')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@ApiParam({ name: 'clientId', schema: { type: 'string', example: 'test_client' } })
@Controller('oauth/customers/:customerId/clients/:clientId')
export class ClientTokensController {
  constructor(
    private readonly clients: ClientsService,
    private readonly registry: ClientRegistry,
    private readonly activeTokens: ActiveTokens,
  ) {}

  @Put('revoketokens')
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Revoke all tokens of a client',
    description: `Takes ${resource} UPDATE. Every token of the client is dead at once; it may get new ones.`,
  })
  @ApiOkResponse({ type: StatusAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async revokeTokens(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
  ): Promise<StatusAnswer> {
    await this.clients.revokeTokens(caller, organization, clientId);
    return success;
  }

  @Get('multitokens')
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'Count the live tokens of a client',
    description: `Takes ${resource} READ. \`enabled\` where the customer's multitokenConfig sets a limit.`,
  })
  @ApiOkResponse({ type: MultitokensAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async countTokens(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
  ): Promise<MultitokensAnswer> {
    await this.clients.get(caller, organization, clientId);
    const client = await this.registry.find(clientId);
    if (!client) throw notFound('client');
    const isLimited = client.organization.tokenReuse === 'limited';
    return {
      status: isLimited ? 'enabled' : 'disabled',
      tokensCount: await this.activeTokens.count(client),
    };
  }
}
