import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import type { Page } from '#libs/common';
import { LeakReports } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { fromPageQuery, Paged, PageQuery, toPage } from '../customers/paged.interceptor.js';
import { QueryPipe } from '../http/parsing/query.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { LeakAnswer } from './leaks.dto.js';
import { toLeak } from './leaks.mapper.js';

const resource = 'Auth.Customer.Clients.Credentials';

/** What was reported of the credentials of a customer. */
@ApiTags('Leaks')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@Controller('oauth/customers/:customerId/leaks')
export class LeaksController {
  constructor(private readonly reports: LeakReports) {}

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'List leaked credentials',
    description: `Takes ${resource} READ. One entry for each credential and place where its secret was seen.`,
  })
  @Paged(LeakAnswer)
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new QueryPipe(PageQuery)) query: PageQuery,
  ): Promise<Page<LeakAnswer>> {
    return toPage(await this.reports.list(caller, organization, fromPageQuery(query)), toLeak);
  }
}
