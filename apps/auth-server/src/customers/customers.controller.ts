import { Body, Controller, Delete, Get, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import type { Page } from '#libs/common';
import {
  type OrganizationOverview,
  OrganizationOverviews,
  type OrganizationRef,
  OrganizationsService,
} from '#libs/organizations';
import { BodyPipe } from '../http/parsing/body.pipe.js';
import { QueryPipe } from '../http/parsing/query.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { Requires, RequiresAdmin, RequiresOperator } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { CustomerAnswer, CustomerBody, NewCustomerBody } from './customers.dto.js';
import { customerExamples, newCustomerExamples } from './customers.examples.js';
import { fromCustomer, fromNewCustomer, toCustomer } from './customers.mapper.js';
import { fromPageQuery, Paged, PageQuery } from './paged.interceptor.js';
import { Repeatable } from './repeatable.interceptor.js';
import { StatusAnswer, success } from './status.dto.js';

/** The customers of the platform: each is an organization that owns tenants, roles and clients. */
@ApiTags('Customers')
@Controller('oauth/customers')
export class CustomersController {
  constructor(
    private readonly organizations: OrganizationsService,
    private readonly overviews: OrganizationOverviews,
  ) {}

  @Post()
  @RequiresOperator()
  @Repeatable('platform')
  @ApiOperation({ summary: 'Create a customer', description: 'Takes ROLE_ADMIN.' })
  @JsonBody(NewCustomerBody, { examples: newCustomerExamples })
  @ApiCreatedResponse({ type: CustomerAnswer })
  @AnswersErrors(400, 401, 403, 409, 413, 415, 422, 503)
  async create(
    @Caller() caller: Principal,
    @Body(new BodyPipe(NewCustomerBody)) body: NewCustomerBody,
  ): Promise<CustomerAnswer> {
    const created = await this.organizations.create(caller, fromNewCustomer(body), body.tenants ?? []);
    return toCustomer(await this.overviews.of(caller, created));
  }

  @Get()
  @Requires('Auth.Customer', 'READ')
  @ApiOperation({
    summary: 'List customers',
    description: 'Takes Auth.Customer READ. ROLE_ADMIN sees all customers, everybody else the own one.',
  })
  @Paged(CustomerAnswer)
  @AnswersErrors(400, 401, 403, 503)
  async list(
    @Caller() caller: Principal,
    @Query(new QueryPipe(PageQuery)) query: PageQuery,
  ): Promise<Page<CustomerAnswer>> {
    const { items, nextCursor } = await this.organizations.list(caller, fromPageQuery(query));
    return { items: (await this.overviews.ofAll(caller, items)).map(toCustomer), nextCursor };
  }

  @Get(':customerId')
  @Requires('Auth.Customer', 'READ')
  @ApiOperation({ summary: 'Get a customer', description: 'Takes Auth.Customer READ.' })
  @ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
  @ApiOkResponse({ type: CustomerAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
  ): Promise<CustomerAnswer> {
    return toCustomer(await this.overview(caller, organization));
  }

  @Put(':customerId')
  @RequiresAdmin()
  @ApiOperation({
    summary: 'Replace a customer',
    description:
      'Takes ROLE_ADMIN_CUSTOMER. What is left out goes back to its default; tenants and roles stay as they are.',
  })
  @ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
  @JsonBody(CustomerBody, { examples: customerExamples })
  @ApiOkResponse({ type: CustomerAnswer })
  @AnswersErrors(400, 401, 403, 404, 409, 413, 415, 503)
  async replace(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Body(new BodyPipe(CustomerBody)) body: CustomerBody,
  ): Promise<CustomerAnswer> {
    const present = await this.overview(caller, organization);
    const replaced = await this.organizations.replace(caller, organization, fromCustomer(body, present));
    return toCustomer({ ...present, organization: replaced });
  }

  @Delete(':customerId')
  @RequiresOperator()
  @ApiOperation({
    summary: 'Delete a customer',
    description:
      'Takes ROLE_ADMIN. Its tenants, roles, clients and credentials go with it; its tokens are dead at once.',
  })
  @ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
  @ApiOkResponse({ type: StatusAnswer })
  @AnswersErrors(401, 403, 404, 409, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
  ): Promise<StatusAnswer> {
    await this.organizations.delete(caller, organization);
    return success;
  }

  private async overview(caller: Principal, organization: OrganizationRef): Promise<OrganizationOverview> {
    return this.overviews.of(caller, await this.organizations.get(caller, organization));
  }
}
