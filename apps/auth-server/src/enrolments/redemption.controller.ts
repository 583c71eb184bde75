import { Body, Controller, Header, Ip, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { tooMany } from '#libs/common';
import { KeyEnrolment, sourceOf } from '#libs/credentials';
import { BodyPipe } from '../http/parsing/body.pipe.js';
import { AnswersOAuthErrors } from '../oauth/oauth.dto.js';
import { JsonBody } from '../openapi/json-body.js';
import { Public } from '../security/access-rule.js';
import { type RateLimit, RateLimits } from '../security/rate-limits.js';
import { EnrolledKeyAnswer, RedemptionBody } from './enrolments.dto.js';
import { toEnrolledKey } from './enrolments.mapper.js';

/** Each one costs a signature check; a code of 256 bits is not guessed. */
const perSource: RateLimit = { requests: 120, seconds: 60 };

/** Where machines redeem their codes. */
@ApiTags('Enrolments')
@Controller('oauth/enrolments')
export class RedemptionController {
  constructor(
    private readonly enrolment: KeyEnrolment,
    private readonly limits: RateLimits,
  ) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Public('The code is what lets the machine in.')
  @ApiOperation({
    summary: 'Register a public key by an enrolment code',
    description:
      'The proof shows that who sends the key has its private part. The answer `invalid_grant` is the same for every ' +
      'code that is unknown, redeemed, revoked or expired; of several that come at once with one code, one wins.',
  })
  @JsonBody(RedemptionBody)
  @ApiCreatedResponse({ type: EnrolledKeyAnswer })
  @AnswersOAuthErrors(400, 409, 413, 415, 429, 503)
  async redeem(
    @Body(new BodyPipe(RedemptionBody)) { code, jwk, proof }: RedemptionBody,
    @Ip() address: string,
    @Req() { id: requestId }: FastifyRequest,
  ): Promise<EnrolledKeyAnswer> {
    await this.mustNotComeTooOften(address);
    return toEnrolledKey(await this.enrolment.redeem({ code, jwk, proof, address, requestId }));
  }

  /** @throws DomainError `too_many` */
  private async mustNotComeTooOften(address: string): Promise<void> {
    const { isExceeded, resetSeconds } = await this.limits.count(`enrolment ${sourceOf(address)}`, perSource);
    if (isExceeded) throw tooMany('Too many requests from this address.', resetSeconds, 'rate_limited');
  }
}
