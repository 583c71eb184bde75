import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ChangeFeed } from '#libs/database';
import { Public } from '../security/access-rule.js';
import { Readiness } from './readiness.js';

const liveExample = { status: 'ok' };
const readyExample = {
  status: 'ok',
  checks: { database: 'ok', signingKeys: 'ok' },
  changeFeedStalenessSeconds: 0.004,
};
const unreadyExample = {
  status: 'failed',
  checks: { database: 'failed', signingKeys: 'ok' },
  changeFeedStalenessSeconds: 12.407,
};

/** For orchestrators and load balancers: whether to restart this process, and whether to send it requests. */
@ApiTags('Operation')
@Controller('health')
@Public('Orchestrators have no token.')
export class HealthController {
  constructor(
    @Inject(Readiness) private readonly readiness: Readiness,
    private readonly feed: ChangeFeed,
  ) {}

  @Get('live')
  @HttpCode(200)
  @ApiOperation({ summary: 'Is the process alive?' })
  @ApiOkResponse({ description: 'It is.', schema: { type: 'object', example: liveExample } })
  live(): object {
    return liveExample;
  }

  @Get('ready')
  @ApiOperation({ summary: 'Can this instance serve requests?' })
  @ApiOkResponse({ description: 'It can.', schema: { type: 'object', example: readyExample } })
  @ApiServiceUnavailableResponse({
    description: 'It cannot; the failed checks are named.',
    schema: { type: 'object', example: unreadyExample },
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const results = Object.entries(await this.readiness.run());
    const isReady = results.every(([, passed]) => passed);
    if (!isReady) reply.code(503).header('Retry-After', '1');
    const checks = Object.fromEntries(results.map(([name, passed]) => [name, passed ? 'ok' : 'failed']));
    const changeFeedStalenessSeconds = Math.round(this.feed.stalenessMs()) / 1000;
    return { status: isReady ? 'ok' : 'failed', checks, changeFeedStalenessSeconds };
  }
}
