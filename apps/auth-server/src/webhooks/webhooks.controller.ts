import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import type { Page } from '#libs/common';
import type { OrganizationRef } from '#libs/organizations';
import { WebhooksService } from '#libs/webhooks';
import { OptionalBodyPipe } from '../credentials/optional-body.pipe.js';
import { fromPageQuery, Paged, PageQuery, toPage } from '../customers/paged.interceptor.js';
import { Repeatable } from '../customers/repeatable.interceptor.js';
import { StatusAnswer, success } from '../customers/status.dto.js';
import { BodyPipe } from '../http/parsing/body.pipe.js';
import { QueryPipe } from '../http/parsing/query.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import {
  SecretRotationBody,
  WebhookAnswer,
  WebhookBody,
  WebhookChanges,
  WebhookWithSecretAnswer,
} from './webhooks.dto.js';
import { fromWebhook, fromWebhookChanges, toWebhook, toWebhookWithSecret } from './webhooks.mapper.js';

const resource = 'Auth.Customer.Webhooks';
const usualOverlapSeconds = 86_400;

/** Where the events of a customer are delivered. */
@ApiTags('Webhooks')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@Controller('oauth/customers/:customerId/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Requires(resource, 'CREATE')
  @Repeatable()
  @ApiOperation({
    summary: 'Create a webhook',
    description: `Takes ${resource} CREATE. Answers the signing secret, which is never answered again.`,
  })
  @JsonBody(WebhookBody, {
    examples: {
      'Some events': { url: 'https://hooks.example.com/clientele', eventTypes: ['credential.expiring'] },
    },
  })
  @ApiCreatedResponse({ type: WebhookWithSecretAnswer })
  @AnswersErrors(400, 401, 403, 404, 409, 413, 415, 422, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Body(new BodyPipe(WebhookBody)) body: WebhookBody,
  ): Promise<WebhookWithSecretAnswer> {
    return toWebhookWithSecret(await this.webhooks.create(caller, organization, fromWebhook(body)));
  }

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'List webhooks', description: `Takes ${resource} READ.` })
  @Paged(WebhookAnswer)
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new QueryPipe(PageQuery)) query: PageQuery,
  ): Promise<Page<WebhookAnswer>> {
    return toPage(await this.webhooks.list(caller, organization, fromPageQuery(query)), toWebhook);
  }

  @Get(':webhookId')
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'Get a webhook', description: `Takes ${resource} READ.` })
  @ApiParam({ name: 'webhookId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: WebhookAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('webhookId') webhookId: string,
  ): Promise<WebhookAnswer> {
    return toWebhook(await this.webhooks.get(caller, organization, webhookId));
  }

  @Patch(':webhookId')
  @Requires(resource, 'UPDATE')
  @ApiOperation({ summary: 'Change, enable or disable a webhook', description: `Takes ${resource} UPDATE.` })
  @ApiParam({ name: 'webhookId', schema: { type: 'string', format: 'uuid' } })
  @JsonBody(WebhookChanges, { examples: { 'Enable it again': { enabled: true } } })
  @ApiOkResponse({ type: WebhookAnswer })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async update(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('webhookId') webhookId: string,
    @Body(new BodyPipe(WebhookChanges)) body: WebhookChanges,
  ): Promise<WebhookAnswer> {
    return toWebhook(await this.webhooks.update(caller, organization, webhookId, fromWebhookChanges(body)));
  }

  @Delete(':webhookId')
  @Requires(resource, 'DELETE')
  @ApiOperation({
    summary: 'Delete a webhook',
    description: `Takes ${resource} DELETE. What was still to be delivered there never is.`,
  })
  @ApiParam({ name: 'webhookId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: StatusAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('webhookId') webhookId: string,
  ): Promise<StatusAnswer> {
    await this.webhooks.delete(caller, organization, webhookId);
    return success;
  }

  @Post(':webhookId/secret/rotate')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Rotate the signing secret',
    description:
      `Takes ${resource} UPDATE. Deliveries carry two signatures, by the new secret and by the old one, for the ` +
      'overlap. Of a secret that was itself replaced within its overlap, the oldest ends at once.',
  })
  @ApiParam({ name: 'webhookId', schema: { type: 'string', format: 'uuid' } })
  @JsonBody(SecretRotationBody, {
    required: false,
    examples: { 'An hour to change over': { overlapSeconds: 3600 } },
  })
  @ApiOkResponse({ type: WebhookWithSecretAnswer })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async rotateSecret(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('webhookId') webhookId: string,
    @Body(new OptionalBodyPipe(SecretRotationBody)) {
      overlapSeconds = usualOverlapSeconds,
    }: SecretRotationBody,
  ): Promise<WebhookWithSecretAnswer> {
    const rotated = await this.webhooks.rotateSecret(caller, organization, webhookId, overlapSeconds);
    return toWebhookWithSecret(rotated);
  }
}
