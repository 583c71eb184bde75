import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { generateClientId } from '#libs/clients';
import { Clock } from '#libs/common';
import {
  ClientDirectory,
  ClientRegistration,
  type Credential,
  CredentialsService,
  type RegisteredWithSecret,
} from '#libs/credentials';
import { type SigningAlgorithm, SigningKeys } from '#libs/keys';
import { type OrganizationRef, OrganizationsService } from '#libs/organizations';
import { algorithmOf } from '#libs/tokens';
import { BodyPipe } from '../../http/parsing/body.pipe.js';
import { QueryPipe } from '../../http/parsing/query.pipe.js';
import { JsonBody } from '../../openapi/json-body.js';
import { Requires } from '../../security/access-rule.js';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { TokenFrom } from '../../security/token-from.decorator.js';
import {
  PlatformCreatedCredential,
  PlatformCredentialBody,
  PlatformCredentialList,
  PlatformCredentialsQuery,
  PlatformNothing,
} from './platform-clientauth.dto.js';
import {
  fromAlgorithm,
  fromNewCredential,
  fromQuery,
  type Signer,
  toCreatedCredential,
  toCredentialList,
} from './platform-clientauth.mapper.js';
import { AnswersPlatformErrors } from './platform-clientauth-error.filter.js';

const resource = 'Auth.Customer.Clients.Credentials';

/** The credentials of the caller's organization: each create makes a client with one of them. */
@ApiTags('Platform client credentials')
@Controller('platform/clientauth/credentials')
export class PlatformCredentialsController {
  constructor(
    private readonly directory: ClientDirectory,
    private readonly registration: ClientRegistration,
    private readonly credentials: CredentialsService,
    private readonly organizations: OrganizationsService,
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @Requires(resource, 'CREATE')
  @TokenFrom('x-api-key')
  @ApiOperation({
    summary: 'Create client credential',
    description:
      `Takes the scope credentials:clientauth:write or ${resource} CREATE. Makes a client of the caller’s ` +
      'organization with its first credential. The secret is never answered again.',
  })
  @JsonBody(PlatformCredentialBody, {
    examples: { 'The usual algorithm': { name: 'string' }, ES256: { name: 'render farm', alg: 'ES256' } },
  })
  @ApiOkResponse({ type: PlatformCreatedCredential, description: 'The credential with its secret.' })
  @AnswersPlatformErrors(400, 401, 403, 413, 415, 429, 500, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Body(new BodyPipe(PlatformCredentialBody, { unknownFields: 'ignore' })) body: PlatformCredentialBody,
  ): Promise<PlatformCreatedCredential> {
    // First of all: no client is made for an algorithm without a key.
    const signer = this.signerWith(fromAlgorithm(body));
    const draft = fromNewCredential(body, generateClientId());
    const [created] = await this.registration.register(caller, organization, [draft]);
    return toCreatedCredential(created as RegisteredWithSecret, signer, this.clock.now());
  }

  @Get()
  @Requires(resource, 'READ')
  @TokenFrom('x-api-key')
  @ApiOperation({
    summary: 'List client credentials',
    description:
      `Takes the scope credentials:clientauth:read or ${resource} READ. The credentials of every client of the ` +
      'caller’s organization, the newest first; revoked ones stay.',
  })
  @ApiOkResponse({ type: PlatformCredentialList, description: 'A part of the list.' })
  @AnswersPlatformErrors(400, 401, 403, 429, 500, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new QueryPipe(PlatformCredentialsQuery)) query: PlatformCredentialsQuery,
  ): Promise<PlatformCredentialList> {
    const { settings } = await this.organizations.get(caller, organization);
    const slice = await this.directory.listCredentials(caller, organization, {}, fromQuery(query));
    const signerOf = (credential: Credential) => this.signerWith(algorithmOf(credential, settings));
    return toCredentialList(slice, signerOf, this.clock.now());
  }

  @Post(':credentialId/revoke')
  @HttpCode(200)
  @Requires(resource, 'DELETE')
  @TokenFrom('x-api-key')
  @ApiOperation({
    summary: 'Revoke client credential',
    description:
      `Takes the scope credentials:clientauth:write or ${resource} DELETE. It mints no more, and the tokens that it ` +
      'minted are dead at once; again does nothing.',
  })
  @ApiParam({ name: 'credentialId', format: 'uuid' })
  @ApiOkResponse({ type: PlatformNothing, description: 'It is revoked; an empty object.' })
  @AnswersPlatformErrors(401, 403, 404, 429, 500, 503)
  async revoke(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('credentialId') credentialId: string,
  ): Promise<PlatformNothing> {
    const { client } = await this.directory.getCredential(caller, organization, credentialId);
    await this.credentials.revoke(caller, organization, client.clientId, credentialId);
    return {};
  }

  private signerWith(alg: SigningAlgorithm): Signer {
    return { alg, kid: this.keys.getActive(alg).kid };
  }
}
