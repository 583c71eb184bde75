import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import type { Slice } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';
import { BodyPipe } from '../../http/parsing/body.pipe.js';
import { Bulk } from '../../http/parsing/body-limits.js';
import { QueryPipe } from '../../http/parsing/query.pipe.js';
import { Accepts } from '../../http/route.js';
import { JsonBody } from '../../openapi/json-body.js';
import { Requires } from '../../security/access-rule.js';
import { RateLimited } from '../../security/rate-limit.guard.js';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { fromJsonPatch, jsonPatchMediaType } from './json-patch.js';
import {
  CreatedOAuthClient,
  JsonPatchOperation,
  OAuthClientAnswer,
  OAuthClientBody,
  OAuthClientsQuery,
} from './oauth-clients.dto.js';
import { newClientExamples, patchExamples } from './oauth-clients.examples.js';
import { fromQuery } from './oauth-clients.query.js';
import { OAuthClientsService } from './oauth-clients.service.js';
import { AnswersErrors } from './oauth-clients-errors.dto.js';
import { Counted } from './total-count.interceptor.js';

const resource = 'Auth.Customer.Clients';
const managing = 'Scope `sp:oauth-client:manage`';
const reading = 'Scope `sp:oauth-client:read` or `sp:oauth-client:manage`';
const id = { name: 'id', description: 'The OAuth client_id.', example: '2c9180835d2e5168015d32f890ca1581' };

/** The clients of the caller's organization. */
@ApiTags('OAuth clients')
@RateLimited({ requests: 100, seconds: 10 })
@Controller('oauth-clients')
export class OAuthClientsController {
  constructor(private readonly clients: OAuthClientsService) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Requires(resource, 'CREATE')
  @ApiOperation({
    summary: 'Create OAuth Client',
    description: `${managing}, or ${resource} CREATE. The secret is never answered again.`,
  })
  @JsonBody(OAuthClientBody, { examples: newClientExamples })
  @ApiOkResponse({ type: CreatedOAuthClient })
  @AnswersErrors(400, 413, 415)
  create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Body(new BodyPipe(OAuthClientBody, { unknownFields: 'ignore' })) body: OAuthClientBody,
  ): Promise<CreatedOAuthClient> {
    return this.clients.create(caller, organization, body);
  }

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'List OAuth Clients', description: `${reading}, or ${resource} READ.` })
  @Counted(OAuthClientAnswer)
  @AnswersErrors(400)
  list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new QueryPipe(OAuthClientsQuery)) query: OAuthClientsQuery,
  ): Promise<Slice<OAuthClientAnswer>> {
    return this.clients.search(caller, organization, fromQuery(query));
  }

  @Get(':id')
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'Get OAuth Client', description: `${reading}, or ${resource} READ.` })
  @ApiParam(id)
  @ApiOkResponse({ type: OAuthClientAnswer })
  @AnswersErrors(404)
  get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('id') clientId: string,
  ): Promise<OAuthClientAnswer> {
    return this.clients.get(caller, organization, clientId);
  }

  @Patch(':id')
  @Accepts(jsonPatchMediaType)
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Patch OAuth Client',
    description:
      `${managing}, or ${resource} UPDATE. A JSON Patch (RFC 6902): all of it or nothing. Patchable are ` +
      'businessName, homepageUrl, name, description, accessTokenValiditySeconds, refreshTokenValiditySeconds, ' +
      'redirectUris, grantTypes, accessType, enabled, strongAuthSupported and claimsSupported.',
  })
  @ApiParam(id)
  @Bulk()
  @JsonBody(JsonPatchOperation, { array: 'only', examples: patchExamples })
  @ApiOkResponse({ type: OAuthClientAnswer })
  @AnswersErrors(400, 404, 413, 415)
  patch(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('id') clientId: string,
    @Body() body: unknown,
  ): Promise<OAuthClientAnswer> {
    return this.clients.patch(caller, organization, clientId, fromJsonPatch(body));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires(resource, 'DELETE')
  @ApiOperation({
    summary: 'Delete OAuth Client',
    description: `${managing}, or ${resource} DELETE. Its secret and its tokens are dead at once.`,
  })
  @ApiParam(id)
  @ApiNoContentResponse({ description: 'It is gone.' })
  @AnswersErrors(404)
  delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('id') clientId: string,
  ): Promise<void> {
    return this.clients.delete(caller, organization, clientId);
  }
}

/** The same under the prefix of a version. */
@Controller('v3/oauth-clients')
export class V3OAuthClientsController extends OAuthClientsController {}
