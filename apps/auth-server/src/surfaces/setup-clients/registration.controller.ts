import { Body, Header, Post } from '@nestjs/common';
import { ApiCreatedResponse } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { SetupRegistration } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { BodyPipe } from '../../http/parsing/body.pipe.js';
import { JsonBody } from '../../openapi/json-body.js';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { RegistrationAnswer, RegistrationBody } from './registration.dto.js';
import { fromRegistration, registrationNames, toRegistration } from './registration.mapper.js';
import { AnswersRegistrationErrors } from './registration-error.filter.js';
import { registrationExamples } from './setup-clients.examples.js';
import { InSetup, SetupController, SetupOperation } from './setup-route.js';
import { inWireNames } from './wire-names.js';

const resource = 'Auth.Customer.Clients';

/** Dynamic client registration (RFC 7591), protected by an access token (§3). */
@SetupController('v3/modules/:module/setups/:setupId/clients')
export class RegistrationController {
  constructor(private readonly registration: SetupRegistration) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  @SetupOperation(
    resource,
    'CREATE',
    'Register a client (RFC 7591)',
    'Metadata that is not known is ignored.',
  )
  @JsonBody(RegistrationBody, { examples: registrationExamples })
  @ApiCreatedResponse({ type: RegistrationAnswer })
  @AnswersRegistrationErrors(400, 401, 403, 404, 413, 415, 503)
  async register(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Body(new BodyPipe(RegistrationBody, { unknownFields: 'ignore' })) body: RegistrationBody,
  ): Promise<RegistrationAnswer> {
    const draft = fromRegistration(body);
    const registering = this.registration.register(caller, organization, setupId, draft, 'hex');
    return toRegistration(await inWireNames(registering, registrationNames));
  }
}
