import { createHash } from 'node:crypto';
import { Body, Controller, Header, HttpCode, Ip, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { tooMany } from '#libs/common';
import { LeakReportQueue, sourceOf } from '#libs/credentials';
import { BodyPipe } from '../http/parsing/body.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { Public } from '../security/access-rule.js';
import { type RateLimit, RateLimits } from '../security/rate-limits.js';
import { AcceptedAnswer, accepted, LeakReportBody } from './leaks.dto.js';
import { fromLeakReport } from './leaks.mapper.js';

const perSource: RateLimit = { requests: 20, seconds: 60 };
const perClient: RateLimit = { requests: 10, seconds: 60 };
const inTotal: RateLimit = { requests: 300, seconds: 60 };

/** Where anybody reports a secret that he found. */
@ApiTags('Leaks')
@Controller('leaks')
export class LeakReportsController {
  constructor(
    private readonly queue: LeakReportQueue,
    private readonly limits: RateLimits,
  ) {}

  @Post()
  @HttpCode(202)
  @Header('Cache-Control', 'no-store')
  @Public('Who found a secret of a stranger should be able to say so.')
  @ApiOperation({
    summary: 'Report a leaked secret',
    description:
      'The answer is the same for every secret, known or not: it is given before anything is looked up. What happens ' +
      'then is the policy of the customer. A secret that somebody chose is found only by its `clientId`.',
  })
  @JsonBody(LeakReportBody)
  @ApiAcceptedResponse({ type: AcceptedAnswer })
  @AnswersErrors(400, 413, 415, 429, 503)
  async report(
    @Body(new BodyPipe(LeakReportBody)) body: LeakReportBody,
    @Ip() address: string,
    @Req() { id: requestId }: FastifyRequest,
  ): Promise<AcceptedAnswer> {
    await this.mustNotBeTooMany(`leak ${sourceOf(address)}`, perSource);
    if (body.clientId !== undefined) {
      // Each costs slow comparisons, whether there is such a client or not.
      const name = createHash('sha256').update(body.clientId).digest('base64url');
      await this.mustNotBeTooMany(`leak of ${name}`, perClient);
    }
    await this.mustNotBeTooMany('leaks', inTotal);
    this.queue.submit(fromLeakReport(body, { address, requestId }));
    return accepted;
  }

  /** @throws DomainError `too_many` */
  private async mustNotBeTooMany(key: string, limit: RateLimit): Promise<void> {
    const { isExceeded, resetSeconds } = await this.limits.count(key, limit);
    if (isExceeded) throw tooMany('Too many reports.', resetSeconds, 'rate_limited');
  }
}
