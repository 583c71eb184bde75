import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import type { Page } from '#libs/common';
import { type OrganizationRef, RolesService } from '#libs/organizations';
import { BodyPipe } from '../http/parsing/body.pipe.js';
import { QueryPipe } from '../http/parsing/query.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { fromPageQuery, Paged, PageQuery, toPage } from './paged.interceptor.js';
import { Repeatable } from './repeatable.interceptor.js';
import { RoleBody, RoleFields } from './roles.dto.js';
import { fromRole, fromRoleAt, toRole } from './roles.mapper.js';
import { StatusAnswer, success } from './status.dto.js';

const resource = 'Auth.Customer.Roles';

const servicePermissions = [
  {
    id: 'Auth',
    resourcePermissions: [{ id: 'Customer.Clients', allowedPrivileges: ['CREATE', 'READ'] }],
  },
];

/** The roles that a customer makes for itself: names for sets of permissions. */
@ApiTags('Customers')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@Controller('oauth/customers/:customerId/roles/permissions')
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  @Post()
  @Requires(resource, 'CREATE')
  @Repeatable()
  @ApiOperation({
    summary: 'Create a role',
    description: `Takes ${resource} CREATE. Nobody gives a role a permission that he does not hold.`,
  })
  @JsonBody(RoleFields, {
    examples: { 'Creates clients': { roleName: 'ROLE_DEPLOYER', servicePermissions } },
  })
  @ApiCreatedResponse({ type: RoleFields })
  @AnswersErrors(400, 401, 403, 404, 409, 413, 415, 422, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Body(new BodyPipe(RoleFields)) body: RoleFields,
  ): Promise<RoleFields> {
    return toRole(await this.roles.create(caller, organization, body.roleName, fromRole(body)));
  }

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'List roles',
    description: `Takes ${resource} READ. System roles are not among them.`,
  })
  @Paged(RoleFields)
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new QueryPipe(PageQuery)) query: PageQuery,
  ): Promise<Page<RoleFields>> {
    return toPage(await this.roles.list(caller, organization, fromPageQuery(query)), toRole);
  }

  @Get(':roleName')
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'Get a role', description: `Takes ${resource} READ.` })
  @ApiParam({ name: 'roleName', schema: { type: 'string', example: 'ROLE_DEPLOYER' } })
  @ApiOkResponse({ type: RoleFields })
  @AnswersErrors(401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('roleName') roleName: string,
  ): Promise<RoleFields> {
    return toRole(await this.roles.get(caller, organization, roleName));
  }

  @Put(':roleName')
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Replace a role',
    description: `Takes ${resource} UPDATE, and every permission that the role had and is to have. In force at once.`,
  })
  @ApiParam({ name: 'roleName', schema: { type: 'string', example: 'ROLE_DEPLOYER' } })
  @JsonBody(RoleBody, { examples: { 'Creates and reads clients': { servicePermissions } } })
  @ApiOkResponse({ type: RoleFields })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async replace(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('roleName') roleName: string,
    @Body(new BodyPipe(RoleBody)) body: RoleBody,
  ): Promise<RoleFields> {
    return toRole(await this.roles.replace(caller, organization, roleName, fromRoleAt(roleName, body)));
  }

  @Delete(':roleName')
  @Requires(resource, 'DELETE')
  @ApiOperation({
    summary: 'Delete a role',
    description: `Takes ${resource} DELETE, and every permission of the role. Refused while a client holds it.`,
  })
  @ApiParam({ name: 'roleName', schema: { type: 'string', example: 'ROLE_DEPLOYER' } })
  @ApiOkResponse({ type: StatusAnswer })
  @AnswersErrors(401, 403, 404, 409, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('roleName') roleName: string,
  ): Promise<StatusAnswer> {
    await this.roles.delete(caller, organization, roleName);
    return success;
  }
}
