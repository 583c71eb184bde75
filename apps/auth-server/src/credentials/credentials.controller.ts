import { Body, Controller, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { Clock, type Page } from '#libs/common';
import { CredentialsService, Rotations } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { fromPageQuery, Paged, toPage } from '../customers/paged.interceptor.js';
import { Repeatable } from '../customers/repeatable.interceptor.js';
import { BodyPipe } from '../http/parsing/body.pipe.js';
import { QueryPipe } from '../http/parsing/query.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import {
  CredentialAnswer,
  CredentialChanges,
  CredentialsQuery,
  CredentialWithUsesAnswer,
  IssuedCredentialAnswer,
  NewCredentialBody,
  RotatedCredentialAnswer,
} from './credentials.dto.js';
import { changesExamples, newCredentialExamples, rotationExamples } from './credentials.examples.js';
import {
  fromChanges,
  fromCredentialsQuery,
  fromNewCredential,
  toCredential,
  toCredentialWithUses,
  toIssuedCredential,
  toRotatedCredential,
} from './credentials.mapper.js';
import { fromDelivery } from './delivery.mapper.js';
import { OptionalBodyPipe } from './optional-body.pipe.js';
import { RotationBody } from './rotations.dto.js';
import { fromRotation } from './rotations.mapper.js';

const resource = 'Auth.Customer.Clients.Credentials';

/** The credentials of a client: several at a time, so that they can be rotated without a gap. */
@ApiTags('Credentials')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@ApiParam({ name: 'clientId', schema: { type: 'string', example: 'test_client' } })
@Controller('oauth/customers/:customerId/clients/:clientId/credentials')
export class CredentialsController {
  constructor(
    private readonly credentials: CredentialsService,
    private readonly rotations: Rotations,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Requires(resource, 'CREATE')
  @Repeatable()
  @ApiOperation({
    summary: 'Create a credential',
    description: `Takes ${resource} CREATE, and every role of the client. The secret is never answered again.`,
  })
  @JsonBody(NewCredentialBody, { required: false, examples: newCredentialExamples })
  @ApiCreatedResponse({ type: IssuedCredentialAnswer })
  @AnswersErrors(400, 401, 403, 404, 409, 413, 415, 422, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Body(new OptionalBodyPipe(NewCredentialBody)) body: NewCredentialBody,
  ): Promise<IssuedCredentialAnswer> {
    const key = await fromDelivery(body);
    const draft = fromNewCredential(body);
    const issued = await this.credentials.issue(caller, organization, clientId, draft);
    return toIssuedCredential(issued, this.clock.now(), key);
  }

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'List the credentials of a client', description: `Takes ${resource} READ.` })
  @Paged(CredentialAnswer)
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Query(new QueryPipe(CredentialsQuery)) query: CredentialsQuery,
  ): Promise<Page<CredentialAnswer>> {
    const filter = fromCredentialsQuery(query);
    const page = await this.credentials.list(caller, organization, clientId, filter, fromPageQuery(query));
    return toPage(page, (credential) => toCredential(credential, this.clock.now()));
  }

  @Get(':credentialId')
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'Get a credential', description: `Takes ${resource} READ.` })
  @ApiParam({ name: 'credentialId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: CredentialWithUsesAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Param('credentialId') credentialId: string,
  ): Promise<CredentialWithUsesAnswer> {
    const found = await this.credentials.get(caller, organization, clientId, credentialId);
    return toCredentialWithUses(found, this.clock.now());
  }

  @Patch(':credentialId')
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Rename a credential or move its end',
    description: `Takes ${resource} UPDATE. One that is expired, retired or revoked is not revived.`,
  })
  @ApiParam({ name: 'credentialId', schema: { type: 'string', format: 'uuid' } })
  @JsonBody(CredentialChanges, { examples: changesExamples })
  @ApiOkResponse({ type: CredentialAnswer })
  @AnswersErrors(400, 401, 403, 404, 409, 413, 415, 503)
  async update(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Param('credentialId') credentialId: string,
    @Body(new BodyPipe(CredentialChanges)) body: CredentialChanges,
  ): Promise<CredentialAnswer> {
    const changes = fromChanges(body);
    const changed = await this.credentials.update(caller, organization, clientId, credentialId, changes);
    return toCredential(changed, this.clock.now());
  }

  @Post(':credentialId/revoke')
  @HttpCode(200)
  @Requires(resource, 'DELETE')
  @ApiOperation({
    summary: 'Revoke a credential',
    description:
      `Takes ${resource} DELETE. Ends the tokens bought with it, at once, be it the last one that works; again does ` +
      'nothing. Where it was to take the place of one that is retiring, that one stays.',
  })
  @ApiParam({ name: 'credentialId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: CredentialAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async revoke(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Param('credentialId') credentialId: string,
  ): Promise<CredentialAnswer> {
    const revoked = await this.credentials.revoke(caller, organization, clientId, credentialId);
    return toCredential(revoked, this.clock.now());
  }

  @Post(':credentialId/rotate')
  @Header('Cache-Control', 'no-store')
  @Requires(resource, 'CREATE')
  @Repeatable()
  @ApiOperation({
    summary: 'Rotate a credential',
    description:
      `Takes ${resource} CREATE, and every role of the client. Answers a new credential with its secret; ` +
      'the old one goes on working for the overlap, or until it was unused for a time, and is `retiring` until its ' +
      '`retiresAt`.',
  })
  @ApiParam({ name: 'credentialId', schema: { type: 'string', format: 'uuid' } })
  @JsonBody(RotationBody, { required: false, examples: rotationExamples })
  @ApiCreatedResponse({ type: RotatedCredentialAnswer })
  @AnswersErrors(400, 401, 403, 404, 409, 413, 415, 422, 503)
  async rotate(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Param('credentialId') credentialId: string,
    @Body(new OptionalBodyPipe(RotationBody)) body: RotationBody,
  ): Promise<RotatedCredentialAnswer> {
    const key = await fromDelivery(body);
    const draft = fromRotation(body);
    const issued = await this.rotations.rotate(caller, organization, clientId, credentialId, draft);
    return toRotatedCredential(issued, this.clock.now(), key);
  }
}
