import { Body, Delete, Get, Header, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiParam } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { SetupClientsService } from '#libs/clients';
import { SetupRegistration } from '#libs/credentials';
import type { Moment, OrganizationRef } from '#libs/organizations';
import { BodyPipe } from '../../http/parsing/body.pipe.js';
import { JsonBody } from '../../openapi/json-body.js';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { PagedIds, type WirePage } from './paged-ids.interceptor.js';
import {
  CreatedSetupClient,
  namesSchema,
  SetupClientAnswer,
  SetupClientBody,
  SetupClientId,
  SetupClientIds,
} from './setup-clients.dto.js';
import { clientExamples } from './setup-clients.examples.js';
import { fromClient, fromClientLabels, toClient, toCreatedClient, toNames } from './setup-clients.mapper.js';
import { AnswersErrors } from './setup-clients-error.filter.js';
import { InSetup, OfClient, SetupController, SetupOperation } from './setup-route.js';
import { toIds } from './setups.mapper.js';
import {
  DescribesMoment,
  DescribesStates,
  MomentPipe,
  StatesPipe,
  type StatesSearch,
} from './states.query.js';
import { toWireId } from './wire-id.js';
import { inWireNames } from './wire-names.js';

const resource = 'Auth.Customer.Clients';
const id = {
  name: 'clientId',
  description: 'The internal id.',
  example: '5a9d1c3e7f2b4a6d8e0f1a2b3c4d5e6f',
};

/** The clients of a setup. */
@SetupController('v2/modules/:module/setups/:setupId/clients')
export class SetupClientsController {
  constructor(
    private readonly clients: SetupClientsService,
    private readonly registration: SetupRegistration,
  ) {}

  @Get()
  @SetupOperation(resource, 'READ', 'List clients')
  @DescribesStates()
  @PagedIds({ type: SetupClientIds })
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Query(new StatesPipe()) { moment, labels, page }: StatesSearch,
  ): Promise<WirePage> {
    const filter = { ...moment, contains: fromClientLabels(labels) };
    return toIds(await this.clients.search(caller, organization, setupId, filter, page), 'clientIds');
  }

  @Post()
  @Header('Cache-Control', 'no-store')
  @SetupOperation(
    resource,
    'CREATE',
    'Create client',
    'A secret that was generated is answered this once. With `valid_from` the client gets no token before.',
  )
  @JsonBody(SetupClientBody, { examples: clientExamples })
  @ApiCreatedResponse({ type: CreatedSetupClient })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Body(new BodyPipe(SetupClientBody, { unknownFields: 'ignore' })) body: SetupClientBody,
  ): Promise<CreatedSetupClient> {
    const draft = fromClient(body);
    const registering = this.registration.register(caller, organization, setupId, draft, 'hex');
    return toCreatedClient(await inWireNames(registering), draft.secret !== undefined);
  }

  @Get('names')
  @SetupOperation(resource, 'READ', 'List the names of clients')
  @DescribesStates()
  @PagedIds({ schema: namesSchema })
  @AnswersErrors(400, 401, 403, 404, 503)
  async names(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Query(new StatesPipe()) { moment, labels, page }: StatesSearch,
  ): Promise<WirePage> {
    const filter = { ...moment, contains: fromClientLabels(labels) };
    return toNames(await this.clients.search(caller, organization, setupId, filter, page));
  }

  @Get('by-client-id/:client_id')
  @SetupOperation(resource, 'READ', 'Find the internal id of an OAuth client_id')
  @ApiParam({ name: 'client_id', example: 'nightly_export' })
  @ApiOkResponse({ type: SetupClientId })
  @AnswersErrors(401, 403, 404, 503)
  async findByClientId(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Param('client_id') clientId: string,
  ): Promise<SetupClientId> {
    const client = await this.clients.getByClientId(caller, organization, setupId, clientId);
    return { clientId: toWireId(client.id) };
  }

  @Get(':clientId')
  @SetupOperation(resource, 'READ', 'Get client')
  @ApiParam(id)
  @DescribesMoment()
  @ApiOkResponse({ type: SetupClientAnswer })
  @AnswersErrors(400, 401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @OfClient() clientId: string,
    @Query(new MomentPipe()) moment: Moment,
  ): Promise<SetupClientAnswer> {
    return toClient(await this.clients.get(caller, organization, setupId, clientId, moment));
  }

  @Put(':clientId')
  @SetupOperation(
    resource,
    'UPDATE',
    'Replace client',
    'The secret stays when it is not sent; changing it takes ROLE_ADMIN_CUSTOMER, or UPDATE for all tenants. With `valid_from`: from that moment on, by itself.',
  )
  @ApiParam(id)
  @JsonBody(SetupClientBody, { examples: clientExamples })
  @ApiOkResponse({ type: SetupClientAnswer })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async replace(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @OfClient() clientId: string,
    @Body(new BodyPipe(SetupClientBody, { unknownFields: 'ignore' })) body: SetupClientBody,
  ): Promise<SetupClientAnswer> {
    const draft = fromClient(body);
    return toClient(
      await inWireNames(this.registration.replace(caller, organization, setupId, clientId, draft)),
    );
  }

  @Delete(':clientId')
  @HttpCode(204)
  @SetupOperation(
    resource,
    'DELETE',
    'Delete client',
    'Its tokens are dead at once; what it was can still be read with `includeSoftDeletedStates`.',
  )
  @ApiParam(id)
  @ApiNoContentResponse()
  @AnswersErrors(401, 403, 404, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @OfClient() clientId: string,
  ): Promise<void> {
    await this.clients.delete(caller, organization, setupId, clientId);
  }
}
