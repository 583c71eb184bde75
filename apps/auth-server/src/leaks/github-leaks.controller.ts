import { Body, Controller, Header, HttpCode, Ip, Post, Req, UseGuards } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { LeakReports } from '#libs/credentials';
import { BodyPipe } from '../http/parsing/body.pipe.js';
import { Bulk } from '../http/parsing/body-limits.js';
import { KeepsBytes } from '../http/route.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { Public } from '../security/access-rule.js';
import { GithubSignatureGuard } from './github-signature.guard.js';
import { GithubFeedback, GithubMatch } from './leaks.dto.js';
import { fromGithubMatch, toGithubFeedback } from './leaks.mapper.js';

/** Where GitHub's secret scanning reports what it found. */
@ApiTags('Leaks')
@Controller('leaks/github')
export class GithubLeaksController {
  constructor(private readonly reports: LeakReports) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @KeepsBytes()
  @Bulk()
  @Public('GitHub signs what it sends.')
  @UseGuards(GithubSignatureGuard)
  @ApiOperation({
    summary: 'Take secrets that GitHub found',
    description:
      'The format of GitHub’s secret scanning partner program. There only where `LEAKS_GITHUB_KEYS` is set. What happens ' +
      'to each credential is the policy of its customer; reported again from the same place, nothing more happens.',
  })
  @ApiHeader({ name: 'Github-Public-Key-Identifier', required: true, description: 'Which key signed.' })
  @ApiHeader({
    name: 'Github-Public-Key-Signature',
    required: true,
    description: 'ECDSA on P-256 with SHA-256 over the raw body; DER in base64.',
  })
  @JsonBody(GithubMatch, { array: 'only' })
  @ApiOkResponse({ type: [GithubFeedback] })
  @AnswersErrors(400, 403, 404, 413, 415, 503)
  async report(
    @Body(new BodyPipe(GithubMatch, { array: 'only', unknownFields: 'ignore' })) matches: GithubMatch[],
    @Ip() address: string,
    @Req() { id: requestId }: FastifyRequest,
  ): Promise<GithubFeedback[]> {
    const found = await this.reports.handle(
      matches.map((match) => fromGithubMatch(match, { address, requestId })),
    );
    return matches.map((match, index) => toGithubFeedback(match, found[index] === true));
  }
}
