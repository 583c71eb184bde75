import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Settings } from '#libs/common';
import { allowedMethods } from '../allowed-methods.js';
import { type StandingHeaders, standingHeaders } from '../standing-headers.js';
import { type Problem, problemOfStatus } from './problem.js';
import { ProblemAnswers } from './problem-answers.js';

/** Answers every error of a request that Fastify has, whoever threw it. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly headers: StandingHeaders;

  constructor(
    @Inject(ProblemAnswers) private readonly answers: ProblemAnswers,
    @Inject(Settings) settings: Settings,
  ) {
    this.headers = standingHeaders(settings);
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also for errors that never reach Nest, such as a URL that can't be decoded. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, headers, body } = this.answers.answerTo(error, request, methodProblem(error, request));
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    // What the router and the adapter refuse never came by the hook that sets them.
    if (!reply.hasHeader('x-request-id')) reply.headers(this.headers).header('x-request-id', request.id);
    void reply.code(status).headers(headers).send(body);
  }
}

/** That there is something at the path for other methods, where the router found nothing (RFC 9110 §15.5.6). */
function methodProblem(error: unknown, request: FastifyRequest): Problem | undefined {
  if (!(error instanceof NotFoundException) || !request.is404) return undefined;
  const allowed = allowedMethods(request);
  if (allowed.length === 0 || allowed.includes(request.method)) return undefined;
  return problemOfStatus(405, request.id, { allow: allowed.join(', ') });
}
