import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { NetworkReport } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { AnswersErrors } from '../openapi/error-answers.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { NetworkReportAnswer } from './network-report.dto.js';
import { toNetworkReport } from './network-report.mapper.js';

const resource = 'Auth.Customer.Clients';

/** Who came from outside of a client's allowed networks. */
@ApiTags('Clients')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@ApiParam({ name: 'clientId', schema: { type: 'string', example: 'test_client' } })
@Controller('oauth/customers/:customerId/clients/:clientId/network-report')
export class NetworkReportController {
  constructor(private readonly report: NetworkReport) {}

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'Report uses from outside of the allowed networks',
    description:
      `Takes ${resource} READ. Of the last 90 days, the latest first: what lists of allowed networks refused, and what ` +
      'those in shadow mode would have refused. Up to a second late.',
  })
  @ApiOkResponse({ type: NetworkReportAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
  ): Promise<NetworkReportAnswer> {
    return toNetworkReport(await this.report.of(caller, organization, clientId));
  }
}
