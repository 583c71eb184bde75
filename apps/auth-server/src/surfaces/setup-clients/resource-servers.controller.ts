import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  UseInterceptors,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { type OrganizationRef, ResourceServersService } from '#libs/organizations';
import { BodyPipe } from '../../http/parsing/body.pipe.js';
import { JsonBody } from '../../openapi/json-body.js';
import { Requires } from '../../security/access-rule.js';
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
import { resourceServerExamples } from './setups.examples.js';
import { toIds } from './setups.mapper.js';
import { DescribesPage, SnapshotsPipe, type SnapshotsSearch } from './states.query.js';
import { UpToDateInterceptor } from './up-to-date.interceptor.js';
import { WireIdPipe } from './wire-id.js';

const resource = 'Auth.Customer.Setups.ResourceServers';
const writing = 'Role `nevisMeta.admin`';
const reading = 'Role `nevisMeta.user` or `nevisMeta.admin`';
const id = { name: 'resourceServerId', example: '7b1e4c2d9f8a4e6b8c0d1a2b3c4d5e6f' };

/** The resource servers of a setup: they declare the scopes of its clients. */
@ApiTags('Setup clients')
@ApiParam({ name: 'module', enum: ['oauthv2'] })
@ApiParam({ name: 'setupId', example: '0f3c8a9e5d7b41c2a6e4f0b1d2c3e4f5' })
@ApiExtraModels(ScopeAnswer)
@UseInterceptors(UpToDateInterceptor)
@Controller('v2/modules/:module/setups/:setupId/resource-servers')
export class ResourceServersController {
  constructor(private readonly servers: ResourceServersService) {}

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'List resource servers', description: `${reading}, or ${resource} READ.` })
  @DescribesPage()
  @PagedIds({ type: ResourceServerIds })
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Query(new SnapshotsPipe()) { page }: SnapshotsSearch,
  ): Promise<WirePage> {
    return toIds(await this.servers.list(caller, organization, setupId, page), 'resourceServerIds');
  }

  @Post()
  @Requires(resource, 'CREATE')
  @ApiOperation({ summary: 'Create a resource server', description: `${writing}, or ${resource} CREATE.` })
  @JsonBody(ResourceServerBody, { examples: resourceServerExamples })
  @ApiCreatedResponse({ type: CreatedResourceServer })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Body(new BodyPipe(ResourceServerBody, { unknownFields: 'ignore' })) body: ResourceServerBody,
  ): Promise<CreatedResourceServer> {
    const draft = fromResourceServer(body);
    return toCreatedResourceServer(await this.servers.create(caller, organization, setupId, draft));
  }

  @Get(':resourceServerId')
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'Get a resource server', description: `${reading}, or ${resource} READ.` })
  @ApiParam(id)
  @ApiOkResponse({ type: ResourceServerAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Param('resourceServerId', new WireIdPipe('resource server')) serverId: string,
  ): Promise<ResourceServerAnswer> {
    return toResourceServer(await this.servers.get(caller, organization, setupId, serverId));
  }

  @Put(':resourceServerId')
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Replace a resource server',
    description: `${writing}, or ${resource} UPDATE. A scope that clients have must stay declared.`,
  })
  @ApiParam(id)
  @JsonBody(ResourceServerBody, { examples: resourceServerExamples })
  @ApiOkResponse({ type: ResourceServerAnswer })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async replace(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Param('resourceServerId', new WireIdPipe('resource server')) serverId: string,
    @Body(new BodyPipe(ResourceServerBody, { unknownFields: 'ignore' })) body: ResourceServerBody,
  ): Promise<ResourceServerAnswer> {
    const draft = fromResourceServer(body);
    return toResourceServer(await this.servers.replace(caller, organization, setupId, serverId, draft));
  }

  @Delete(':resourceServerId')
  @HttpCode(204)
  @Requires(resource, 'DELETE')
  @ApiOperation({
    summary: 'Delete a resource server',
    description: `${writing}, or ${resource} DELETE. Refused with 403 while clients have one of its scopes.`,
  })
  @ApiParam(id)
  @ApiNoContentResponse()
  @AnswersErrors(401, 403, 404, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Param('resourceServerId', new WireIdPipe('resource server')) serverId: string,
  ): Promise<void> {
    await this.servers.delete(caller, organization, setupId, serverId);
  }
}
