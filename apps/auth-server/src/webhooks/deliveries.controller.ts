import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import type { Page } from '#libs/common';
import type { OrganizationRef } from '#libs/organizations';
import { WebhookDeliveries } from '#libs/webhooks';
import { fromPageQuery, Paged, toPage } from '../customers/paged.interceptor.js';
import { QueryPipe } from '../http/parsing/query.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { DeliveriesQuery, DeliveryAnswer } from './webhooks.dto.js';
import { toDelivery } from './webhooks.mapper.js';

const resource = 'Auth.Customer.Webhooks';

/** What was delivered to a webhook, and what was not. */
@ApiTags('Webhooks')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@ApiParam({ name: 'webhookId', schema: { type: 'string', format: 'uuid' } })
@Controller('oauth/customers/:customerId/webhooks/:webhookId')
export class DeliveriesController {
  constructor(private readonly deliveries: WebhookDeliveries) {}

  @Post('test')
  @HttpCode(200)
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Test a webhook',
    description: `Takes ${resource} UPDATE. Delivers an event of the type \`webhook.test\`; the log tells how it went.`,
  })
  @ApiOkResponse({ type: DeliveryAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async test(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('webhookId') webhookId: string,
  ): Promise<DeliveryAnswer> {
    return toDelivery(await this.deliveries.test(caller, organization, webhookId));
  }

  @Get('deliveries')
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'List the deliveries of a webhook',
    description: `Takes ${resource} READ. Those of the last 30 days.`,
  })
  @Paged(DeliveryAnswer)
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('webhookId') webhookId: string,
    @Query(new QueryPipe(DeliveriesQuery)) query: DeliveriesQuery,
  ): Promise<Page<DeliveryAnswer>> {
    const request = fromPageQuery(query);
    return toPage(
      await this.deliveries.list(caller, organization, webhookId, query.status, request),
      toDelivery,
    );
  }

  @Post('deliveries/:deliveryId/redeliver')
  @HttpCode(200)
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Deliver an event once more',
    description: `Takes ${resource} UPDATE. Under the same \`webhook-id\`, whether it was delivered before or not.`,
  })
  @ApiParam({ name: 'deliveryId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: DeliveryAnswer })
  @AnswersErrors(401, 403, 404, 503)
  async redeliver(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('webhookId') webhookId: string,
    @Param('deliveryId') deliveryId: string,
  ): Promise<DeliveryAnswer> {
    return toDelivery(await this.deliveries.redeliver(caller, organization, webhookId, deliveryId));
  }
}
