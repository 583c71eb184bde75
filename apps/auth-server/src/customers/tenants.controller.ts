import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import type { Page } from '#libs/common';
import { type OrganizationRef, TenantsService } from '#libs/organizations';
import { BodyPipe } from '../http/parsing/body.pipe.js';
import { QueryPipe } from '../http/parsing/query.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { fromPageQuery, Paged, PageQuery, toPage } from './paged.interceptor.js';
import { Repeatable } from './repeatable.interceptor.js';
import { StatusAnswer, success } from './status.dto.js';
import { TenantAnswer, TenantBody } from './tenants.dto.js';
import { toTenant } from './tenants.mapper.js';

const resource = 'Auth.Customer.Tenants';

/** The tenants of a customer. */
@ApiTags('Customers')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@Controller('oauth/customers/:customerId/tenants')
export class TenantsController {
  constructor(private readonly tenants: TenantsService) {}

  @Post()
  @Requires(resource, 'CREATE')
  @Repeatable()
  @ApiOperation({ summary: 'Create a tenant', description: `Takes ${resource} CREATE.` })
  @JsonBody(TenantBody, { examples: { 'A tenant': { tenantId: 'tenant3' } } })
  @ApiCreatedResponse({ type: TenantAnswer })
  @AnswersErrors(400, 401, 403, 404, 409, 413, 415, 422, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Body(new BodyPipe(TenantBody)) body: TenantBody,
  ): Promise<TenantAnswer> {
    return toTenant(await this.tenants.create(caller, organization, body.tenantId));
  }

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'List tenants', description: `Takes ${resource} READ.` })
  @Paged(TenantAnswer)
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new QueryPipe(PageQuery)) query: PageQuery,
  ): Promise<Page<TenantAnswer>> {
    return toPage(await this.tenants.list(caller, organization, fromPageQuery(query)), toTenant);
  }

  @Delete(':tenantId')
  @Requires(resource, 'DELETE')
  @ApiOperation({
    summary: 'Delete a tenant',
    description: `Takes ${resource} DELETE. It is taken out of every grant, and tokens that carry it are dead at once.`,
  })
  @ApiParam({ name: 'tenantId', schema: { type: 'string', example: 'tenant1' } })
  @ApiOkResponse({ type: StatusAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('tenantId') tenantId: string,
  ): Promise<StatusAnswer> {
    await this.tenants.delete(caller, organization, tenantId);
    return success;
  }
}
