import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from '#libs/access';
import { ClientsService, generateClientId } from '#libs/clients';
import { ClientDirectory, ClientRegistration, type RegisteredWithSecret } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { BodyPipe } from '../../http/parsing/body.pipe.js';
import { QueryPipe } from '../../http/parsing/query.pipe.js';
import { Accepts } from '../../http/route.js';
import { JsonBody } from '../../openapi/json-body.js';
import { Requires } from '../../security/access-rule.js';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { AnswersByAccept } from './answers-by-accept.interceptor.js';
import { V0Credential, V0CredentialBody, V0CredentialsQuery } from './client-credentials-v0.dto.js';
import {
  fromNewCredential,
  fromQuery,
  toCreatedCredential,
  toCredential,
} from './client-credentials-v0.mapper.js';
import { AnswersV0Problems } from './client-credentials-v0-error.filter.js';

const resource = 'Auth.Customer.Clients.Credentials';

/** Pairs of client id and secret of the caller's organization: each is a client with one credential. */
@ApiTags('Client credentials v0')
@Controller('api/v0/client-credentials')
@AnswersByAccept()
export class ClientCredentialsV0Controller {
  constructor(
    private readonly directory: ClientDirectory,
    private readonly registration: ClientRegistration,
    private readonly clients: ClientsService,
  ) {}

  @Post()
  @HttpCode(200)
  @Accepts('application/json', 'text/json')
  @Requires(resource, 'CREATE')
  @ApiOperation({
    summary: 'Create New Client Credentials',
    description: `Takes the scope client-credentials:write or ${resource} CREATE. The secret is never answered again.`,
  })
  @JsonBody(V0CredentialBody, {
    examples: {
      'With an end': { name: 'My New Credentials', expires: '2028-06-21T00:00:00.000Z' },
      'Without an end': { name: 'My New Credentials', expires: null },
    },
  })
  @ApiOkResponse({ type: V0Credential, description: 'The credential with its secret.' })
  @AnswersV0Problems(400, 401, 403, 413, 415, 429, 500, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Body(new BodyPipe(V0CredentialBody, { unknownFields: 'ignore' })) body: V0CredentialBody,
  ): Promise<V0Credential> {
    const draft = fromNewCredential(body, generateClientId());
    const [created] = await this.registration.register(caller, organization, [draft]);
    return toCreatedCredential(created as RegisteredWithSecret);
  }

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'List the active client credentials',
    description:
      `Takes the scope client-credentials:read or ${resource} READ. Those of every client of the caller’s ` +
      'organization that work at this moment, the newest first, without their secrets.',
  })
  @ApiOkResponse({
    type: [V0Credential],
    description: 'The active credentials.',
    headers: { 'X-Total-Count': { description: 'How many there are in all.', schema: { type: 'integer' } } },
  })
  @AnswersV0Problems(400, 401, 403, 429, 500, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new QueryPipe(V0CredentialsQuery)) query: V0CredentialsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<V0Credential[]> {
    const filter = { liveOnly: true };
    const { items, total } = await this.directory.listCredentials(
      caller,
      organization,
      filter,
      fromQuery(query),
    );
    reply.header('X-Total-Count', total);
    return items.map(toCredential);
  }

  @Delete(':clientId')
  @HttpCode(204)
  @Requires('Auth.Customer.Clients', 'DELETE')
  @ApiOperation({
    summary: 'Delete client credentials',
    description:
      'Takes the scope client-credentials:write or Auth.Customer.Clients DELETE. Deletes the client with all of its ' +
      'credentials; its tokens are dead at once.',
  })
  @ApiParam({ name: 'clientId', example: 'ac9ab00ff44745d199981506313cfa72' })
  @ApiNoContentResponse({ description: 'It is gone.' })
  @AnswersV0Problems(401, 403, 404, 429, 500, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('clientId') clientId: string,
  ): Promise<void> {
    await this.clients.delete(caller, organization, clientId);
  }
}
