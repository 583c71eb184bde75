import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { Clock, type Page, Settings } from '#libs/common';
import { EnrolmentsService, enrolmentPath } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { fromDelivery } from '../credentials/delivery.mapper.js';
import { OptionalBodyPipe } from '../credentials/optional-body.pipe.js';
import { fromPageQuery, Paged, PageQuery, toPage } from '../customers/paged.interceptor.js';
import { Repeatable } from '../customers/repeatable.interceptor.js';
import { QueryPipe } from '../http/parsing/query.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { CreatedEnrolmentAnswer, EnrolmentAnswer, NewEnrolmentBody } from './enrolments.dto.js';
import { newEnrolmentExamples } from './enrolments.examples.js';
import { fromNewEnrolment, toCreatedEnrolment, toEnrolment } from './enrolments.mapper.js';

const resource = 'Auth.Customer.Clients.Credentials';

/** The codes by which machines register their public keys with a client. */
@ApiTags('Enrolments')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@ApiParam({ name: 'clientId', schema: { type: 'string', example: 'test_client' } })
@Controller('oauth/customers/:customerId/clients/:clientId/enrolments')
export class EnrolmentsController {
  private readonly redeemAt: string;

  constructor(
    private readonly enrolments: EnrolmentsService,
    private readonly clock: Clock,
    @Inject(Settings) { issuer }: Settings,
  ) {
    this.redeemAt = issuer + enrolmentPath;
  }

  @Post()
  @Header('Cache-Control', 'no-store')
  @Requires(resource, 'CREATE')
  @Repeatable()
  @ApiOperation({
    summary: 'Create an enrolment code',
    description:
      `Takes ${resource} CREATE, and every role of the client. Who has the code can register one public key with the ` +
      'client, once. The code is never answered again.',
  })
  @JsonBody(NewEnrolmentBody, { required: false, examples: newEnrolmentExamples })
  @ApiCreatedResponse({ type: CreatedEnrolmentAnswer })
  @AnswersErrors(400, 401, 403, 404, 409, 413, 415, 422, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Body(new OptionalBodyPipe(NewEnrolmentBody)) body: NewEnrolmentBody,
  ): Promise<CreatedEnrolmentAnswer> {
    const key = await fromDelivery(body);
    const created = await this.enrolments.create(caller, organization, clientId, fromNewEnrolment(body));
    return toCreatedEnrolment(created, this.clock.now(), this.redeemAt, key);
  }

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'List the enrolment codes of a client',
    description: `Takes ${resource} READ. Codes are listed for 90 days after they end.`,
  })
  @Paged(EnrolmentAnswer)
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Query(new QueryPipe(PageQuery)) query: PageQuery,
  ): Promise<Page<EnrolmentAnswer>> {
    const page = await this.enrolments.list(caller, organization, clientId, fromPageQuery(query));
    return toPage(page, (enrolment) => toEnrolment(enrolment, this.clock.now()));
  }

  @Post(':enrolmentId/revoke')
  @HttpCode(200)
  @Requires(resource, 'DELETE')
  @ApiOperation({
    summary: 'Revoke an enrolment code',
    description: `Takes ${resource} DELETE. Again does nothing. Of one that was redeemed, the credential can be revoked.`,
  })
  @ApiParam({ name: 'enrolmentId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: EnrolmentAnswer })
  @AnswersErrors(401, 403, 404, 409, 503)
  async revoke(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Param('enrolmentId') enrolmentId: string,
  ): Promise<EnrolmentAnswer> {
    const revoked = await this.enrolments.revoke(caller, organization, clientId, enrolmentId);
    return toEnrolment(revoked, this.clock.now());
  }
}
