import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { Clock } from '#libs/common';
import { Quarantines } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { AnswersErrors } from '../openapi/error-answers.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { CredentialAnswer } from './credentials.dto.js';
import { toCredential } from './credentials.mapper.js';

const resource = 'Auth.Customer.Clients.Credentials';

/** The quarantine of a credential whose secret leaked. */
@ApiTags('Credentials')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@ApiParam({ name: 'clientId', schema: { type: 'string', example: 'test_client' } })
@ApiParam({ name: 'credentialId', schema: { type: 'string', format: 'uuid' } })
@Controller('oauth/customers/:customerId/clients/:clientId/credentials/:credentialId/quarantine')
export class QuarantineController {
  constructor(
    private readonly quarantines: Quarantines,
    private readonly clock: Clock,
  ) {}

  @Post('lift')
  @HttpCode(200)
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Lift the quarantine of a credential',
    description:
      `Takes ${resource} UPDATE. It works from everywhere again that its lists allow; again does nothing. The same ` +
      'report of a leak does not bring the quarantine back.',
  })
  @ApiOkResponse({ type: CredentialAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async lift(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
    @Param('credentialId') credentialId: string,
  ): Promise<CredentialAnswer> {
    const lifted = await this.quarantines.lift(caller, organization, clientId, credentialId);
    return toCredential(lifted, this.clock.now());
  }
}
