import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { Clock } from '#libs/common';
import { Rotations } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { QueryPipe } from '../http/parsing/query.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { overlapExamples } from './credentials.examples.js';
import { OptionalBodyPipe } from './optional-body.pipe.js';
import { OverlapBody, RotationAnswer, RotationQuery } from './rotations.dto.js';
import { fromOverlap, toRotation } from './rotations.mapper.js';

const resource = 'Auth.Customer.Clients.Credentials';

/** The rotation of a credential, which `rotate` began. */
@ApiTags('Credentials')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@ApiParam({ name: 'clientId', schema: { type: 'string', example: 'test_client' } })
@ApiParam({ name: 'credentialId', description: 'The old one.', schema: { type: 'string', format: 'uuid' } })
@Controller('oauth/customers/:customerId/clients/:clientId/credentials/:credentialId/rotation')
export class RotationsController {
  constructor(
    private readonly rotations: Rotations,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'See how far a rotation is',
    description: `Takes ${resource} READ. Tells who still uses the old secret, from where, when and how often.`,
  })
  @ApiOkResponse({ type: RotationAnswer })
  @AnswersErrors(400, 401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Param('credentialId') credentialId: string,
    @Query(new QueryPipe(RotationQuery)) { withinSeconds }: RotationQuery,
  ): Promise<RotationAnswer> {
    const found = await this.rotations.get(caller, organization, clientId, credentialId, withinSeconds);
    return toRotation(found, this.clock.now());
  }

  @Post('cancel')
  @HttpCode(200)
  @Requires(resource, 'DELETE')
  @ApiOperation({
    summary: 'Cancel a rotation',
    description:
      `Takes ${resource} DELETE. The new secret is revoked with the tokens bought with it, and the old one is active ` +
      'again. Only while the old one is `retiring`.',
  })
  @ApiOkResponse({ type: RotationAnswer })
  @AnswersErrors(401, 403, 404, 409, 503)
  async cancel(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Param('credentialId') credentialId: string,
  ): Promise<RotationAnswer> {
    const cancelled = await this.rotations.cancel(caller, organization, clientId, credentialId);
    return toRotation(cancelled, this.clock.now());
  }

  @Post('complete')
  @HttpCode(200)
  @Requires(resource, 'DELETE')
  @ApiOperation({
    summary: 'Complete a rotation',
    description:
      `Takes ${resource} DELETE. The old secret ends now instead of at its deadline; tokens bought with it live on. ` +
      'Only while the old one is `retiring`, and never when nothing else would work.',
  })
  @ApiOkResponse({ type: RotationAnswer })
  @AnswersErrors(401, 403, 404, 409, 503)
  async complete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Param('credentialId') credentialId: string,
  ): Promise<RotationAnswer> {
    const completed = await this.rotations.complete(caller, organization, clientId, credentialId);
    return toRotation(completed, this.clock.now());
  }

  @Post('undo')
  @HttpCode(200)
  @Requires(resource, 'CREATE')
  @ApiOperation({
    summary: 'Undo the end of a rotation',
    description:
      `Takes ${resource} CREATE, and every role of the client. The old secret works again and is \`retiring\` anew, or ` +
      'active where nothing else lasts longer. Only until `undoUntil`.',
  })
  @JsonBody(OverlapBody, { required: false, examples: overlapExamples })
  @ApiOkResponse({ type: RotationAnswer })
  @AnswersErrors(400, 401, 403, 404, 409, 413, 415, 503)
  async undo(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Param('credentialId') credentialId: string,
    @Body(new OptionalBodyPipe(OverlapBody)) body: OverlapBody,
  ): Promise<RotationAnswer> {
    const overlap = fromOverlap(body);
    const undone = await this.rotations.undo(caller, organization, clientId, credentialId, overlap);
    return toRotation(undone, this.clock.now());
  }
}
