import { Body, Controller, Header, Param, Post, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { SetupRegistration } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { BodyPipe } from '../../http/parsing/body.pipe.js';
import { JsonBody } from '../../openapi/json-body.js';
import { Requires } from '../../security/access-rule.js';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { RegistrationAnswer, RegistrationBody } from './registration.dto.js';
import { fromRegistration, registrationNames, toRegistration } from './registration.mapper.js';
import { AnswersRegistrationErrors } from './registration-error.filter.js';
import { registrationExamples } from './setup-clients.examples.js';
import { UpToDateInterceptor } from './up-to-date.interceptor.js';
import { WireIdPipe } from './wire-id.js';
import { inWireNames } from './wire-names.js';

const resource = 'Auth.Customer.Clients';

/** Dynamic client registration (RFC 7591), protected by an access token (§3). */
@ApiTags('Setup clients')
@ApiParam({ name: 'module', enum: ['oauthv2'] })
@ApiParam({ name: 'setupId', example: '0f3c8a9e5d7b41c2a6e4f0b1d2c3e4f5' })
@UseInterceptors(UpToDateInterceptor)
@Controller('v3/modules/:module/setups/:setupId/clients')
export class RegistrationController {
  constructor(private readonly registration: SetupRegistration) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  @Requires(resource, 'CREATE')
  @ApiOperation({
    summary: 'Register a client (RFC 7591)',
    description: `Role \`nevisMeta.admin\`, or ${resource} CREATE. Metadata that is not known is ignored.`,
  })
  @JsonBody(RegistrationBody, { examples: registrationExamples })
  @ApiCreatedResponse({ type: RegistrationAnswer })
  @AnswersRegistrationErrors(400, 401, 403, 404, 413, 415, 503)
  async register(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Body(new BodyPipe(RegistrationBody, { unknownFields: 'ignore' })) body: RegistrationBody,
  ): Promise<RegistrationAnswer> {
    const draft = fromRegistration(body);
    const registering = this.registration.register(caller, organization, setupId, draft, 'hex');
    return toRegistration(await inWireNames(registering, registrationNames));
  }
}
