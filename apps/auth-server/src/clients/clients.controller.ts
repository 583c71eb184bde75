import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { type Client, ClientsService } from '#libs/clients';
import type { Page } from '#libs/common';
import { ClientRegistration } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { fromDeliveries } from '../credentials/delivery.mapper.js';
import { fromPageQuery, Paged, PageQuery, toPage } from '../customers/paged.interceptor.js';
import { Repeatable } from '../customers/repeatable.interceptor.js';
import { StatusAnswer, success } from '../customers/status.dto.js';
import { BodyPipe } from '../http/parsing/body.pipe.js';
import { Bulk } from '../http/parsing/body-limits.js';
import { QueryPipe } from '../http/parsing/query.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { AnswersCreatedClients } from './answers-created-clients.decorator.js';
import { ClientAnswer, ClientBody, type CreatedClientAnswer, NewClientBody } from './clients.dto.js';
import { clientArrayExamples, clientExamples, newClientExamples } from './clients.examples.js';
import {
  fromClient,
  fromClientAt,
  fromClients,
  inWireNames,
  toClient,
  toCreatedClient,
} from './clients.mapper.js';

const resource = 'Auth.Customer.Clients';

/** The clients of a customer. */
@ApiTags('Clients')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@Controller('oauth/customers/:customerId/clients')
export class ClientsController {
  constructor(
    private readonly clients: ClientsService,
    private readonly registration: ClientRegistration,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Requires(resource, 'CREATE')
  @Repeatable()
  @ApiOperation({
    summary: 'Create clients',
    description:
      `Takes ${resource} CREATE, and every role and tenant that is granted. All of the array or nothing. ` +
      'A single object is answered as a single object. The secrets are never answered again.',
  })
  @Bulk()
  @JsonBody(NewClientBody, { array: 'allowed', examples: newClientExamples })
  @AnswersCreatedClients()
  @AnswersErrors(400, 401, 403, 404, 409, 413, 415, 422, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Body(new BodyPipe(NewClientBody, { array: 'allowed' })) body: NewClientBody | NewClientBody[],
  ): Promise<CreatedClientAnswer | CreatedClientAnswer[]> {
    const keys = await fromDeliveries(body);
    const drafts = Array.isArray(body) ? fromClients(body) : [fromClient(body)];
    const created = await inWireNames(this.registration.register(caller, organization, drafts));
    const answers = await Promise.all(created.map((one, index) => toCreatedClient(one, keys[index])));
    return Array.isArray(body) ? answers : (answers[0] as CreatedClientAnswer);
  }

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'List clients', description: `Takes ${resource} READ.` })
  @Paged(ClientAnswer)
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new QueryPipe(PageQuery)) query: PageQuery,
  ): Promise<Page<ClientAnswer>> {
    return toPage(await this.clients.list(caller, organization, fromPageQuery(query)), toClient);
  }

  @Put()
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Replace clients',
    description: `Takes ${resource} UPDATE, and every role and tenant that is added. All of the array or nothing.`,
  })
  @Bulk()
  @JsonBody(ClientBody, { array: 'only', examples: clientArrayExamples })
  @ApiOkResponse({ type: [ClientAnswer] })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async replaceAll(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Body(new BodyPipe(ClientBody, { array: 'only' })) body: ClientBody[],
  ): Promise<ClientAnswer[]> {
    const drafts = fromClients(body);
    return (await inWireNames(this.registration.replace(caller, organization, drafts))).map(toClient);
  }

  @Get(':clientId')
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'Get a client', description: `Takes ${resource} READ.` })
  @ApiParam({ name: 'clientId', schema: { type: 'string', example: 'test_client' } })
  @ApiOkResponse({ type: ClientAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
  ): Promise<ClientAnswer> {
    return toClient(await this.clients.get(caller, organization, clientId));
  }

  @Put(':clientId')
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Replace a client',
    description:
      `Takes ${resource} UPDATE, and every role and tenant that is added. The secret stays when it is not sent; ` +
      'changing it takes ROLE_ADMIN_CUSTOMER, or UPDATE for all tenants. Its tokens end when roles or secret change.',
  })
  @ApiParam({ name: 'clientId', schema: { type: 'string', example: 'test_client' } })
  @JsonBody(ClientBody, { examples: clientExamples })
  @ApiOkResponse({ type: ClientAnswer })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async replace(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Body(new BodyPipe(ClientBody)) body: ClientBody,
  ): Promise<ClientAnswer> {
    const drafts = [fromClientAt(clientId, body)];
    const [client] = await inWireNames(this.registration.replace(caller, organization, drafts));
    return toClient(client as Client);
  }

  @Delete(':clientId')
  @Requires(resource, 'DELETE')
  @ApiOperation({
    summary: 'Delete a client',
    description: `Takes ${resource} DELETE. Its credentials go with it; its tokens are dead at once.`,
  })
  @ApiParam({ name: 'clientId', schema: { type: 'string', example: 'test_client' } })
  @ApiOkResponse({ type: StatusAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
  ): Promise<StatusAnswer> {
    await this.clients.delete(caller, organization, clientId);
    return success;
  }
}
