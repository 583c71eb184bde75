import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiParam,
} from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { type OrganizationRef, ResourceServersService } from '#libs/organizations';
import { BodyPipe } from '../../http/parsing/body.pipe.js';
import { JsonBody } from '../../openapi/json-body.js';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { PagedIds, type WirePage } from './paged-ids.interceptor.js';
import {
  CreatedResourceServer,
  ResourceServerAnswer,
  ResourceServerBody,
  ResourceServerIds,
  ScopeAnswer,
} from './resource-servers.dto.js';
import { fromResourceServer, toCreatedResourceServer, toResourceServer } from './resource-servers.mapper.js';
import { AnswersErrors } from './setup-clients-error.filter.js';
import { InSetup, SetupController, SetupOperation } from './setup-route.js';
import { resourceServerExamples } from './setups.examples.js';
import { toIds } from './setups.mapper.js';
import { DescribesPage, SnapshotsPipe, type SnapshotsSearch } from './states.query.js';
import { WireIdPipe } from './wire-id.js';

const resource = 'Auth.Customer.Setups.ResourceServers';
const id = { name: 'resourceServerId', example: '7b1e4c2d9f8a4e6b8c0d1a2b3c4d5e6f' };

/** The resource servers of a setup: they declare the scopes of its clients. */
@ApiExtraModels(ScopeAnswer)
@SetupController('v2/modules/:module/setups/:setupId/resource-servers')
export class ResourceServersController {
  constructor(private readonly servers: ResourceServersService) {}

  @Get()
  @SetupOperation(resource, 'READ', 'List resource servers')
  @DescribesPage()
  @PagedIds({ type: ResourceServerIds })
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Query(new SnapshotsPipe()) { page }: SnapshotsSearch,
  ): Promise<WirePage> {
    return toIds(await this.servers.list(caller, organization, setupId, page), 'resourceServerIds');
  }

  @Post()
  @SetupOperation(resource, 'CREATE', 'Create a resource server')
  @JsonBody(ResourceServerBody, { examples: resourceServerExamples })
  @ApiCreatedResponse({ type: CreatedResourceServer })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Body(new BodyPipe(ResourceServerBody, { unknownFields: 'ignore' })) body: ResourceServerBody,
  ): Promise<CreatedResourceServer> {
    const draft = fromResourceServer(body);
    return toCreatedResourceServer(await this.servers.create(caller, organization, setupId, draft));
  }

  @Get(':resourceServerId')
  @SetupOperation(resource, 'READ', 'Get a resource server')
  @ApiParam(id)
  @ApiOkResponse({ type: ResourceServerAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Param('resourceServerId', new WireIdPipe('resource server')) serverId: string,
  ): Promise<ResourceServerAnswer> {
    return toResourceServer(await this.servers.get(caller, organization, setupId, serverId));
  }

  @Put(':resourceServerId')
  @SetupOperation(
    resource,
    'UPDATE',
    'Replace a resource server',
    'A scope that clients have must stay declared.',
  )
  @ApiParam(id)
  @JsonBody(ResourceServerBody, { examples: resourceServerExamples })
  @ApiOkResponse({ type: ResourceServerAnswer })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async replace(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Param('resourceServerId', new WireIdPipe('resource server')) serverId: string,
    @Body(new BodyPipe(ResourceServerBody, { unknownFields: 'ignore' })) body: ResourceServerBody,
  ): Promise<ResourceServerAnswer> {
    const draft = fromResourceServer(body);
    return toResourceServer(await this.servers.replace(caller, organization, setupId, serverId, draft));
  }

  @Delete(':resourceServerId')
  @HttpCode(204)
  @SetupOperation(
    resource,
    'DELETE',
    'Delete a resource server',
    'Refused with 403 while clients have one of its scopes.',
  )
  @ApiParam(id)
  @ApiNoContentResponse()
  @AnswersErrors(401, 403, 404, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Param('resourceServerId', new WireIdPipe('resource server')) serverId: string,
  ): Promise<void> {
    await this.servers.delete(caller, organization, setupId, serverId);
  }
}
