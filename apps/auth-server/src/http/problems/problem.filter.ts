import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  Logger,
  NotFoundException,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Settings } from '#libs/common';
import { allowedMethods } from '../allowed-methods.js';
import { challengeOf } from '../challenge.js';
import { type StandingHeaders, standingHeaders } from '../standing-headers.js';
import { ErrorShapes } from './error-shapes.js';
import { type Problem, problemOfStatus, toProblem } from './problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The word for why it was answered 401 or 403. */
    refusal?: string;
  }
}

/** Answers every error, whoever threw it, in the words of the surface that its path belongs to. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  private readonly headers: StandingHeaders;

  constructor(
    @Inject(ErrorShapes) private readonly shapes: ErrorShapes,
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
    const problem = this.problemOf(error, request);
    this.log(error, problem, request);
    if (problem.status === 401 || problem.status === 403) request.refusal = problem.code;
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    // What the router and the adapter refuse never came by the hook that sets them.
    if (!reply.hasHeader('X-Request-Id')) reply.headers(this.headers).header('X-Request-Id', request.id);
    const { url, headers } = request.raw;
    const path = request.route?.pattern ?? pathOf(url ?? '/');
    const answer = this.shapes.of(path)(problem, { headers, url: url ?? '/' });
    if (answer.trackingId !== undefined) request.trackingId = answer.trackingId;
    const challenge = challengeOf(problem);
    if (challenge && !reply.hasHeader('WWW-Authenticate')) reply.header('WWW-Authenticate', challenge);
    if (problem.status === 401) reply.header('Cache-Control', 'no-store');
    void reply
      .code(answer.status ?? problem.status)
      .headers({ ...problem.headers, ...answer.headers })
      .type(answer.contentType ?? 'application/json; charset=utf-8')
      .send(JSON.stringify(answer.body));
  }

  private problemOf(error: unknown, request: FastifyRequest): Problem {
    if (!(error instanceof NotFoundException) || !request.is404) return toProblem(error, request.id);
    const allowed = allowedMethods(request);
    if (allowed.length === 0 || allowed.includes(request.method)) return toProblem(error, request.id);
    return problemOfStatus(405, request.id, { Allow: allowed.join(', ') });
  }

  private log(error: unknown, problem: Problem, request: FastifyRequest): void {
    const entry = {
      requestId: request.id,
      route: request.route?.pattern,
      status: problem.status,
      code: problem.code,
      // What a framework says of a refusal repeats the URL, which may hold a misplaced secret.
      ...((problem.status >= 500 || !isOfFramework(error)) && { err: error }),
    };
    if (problem.status >= 500) this.logger.error({ ...entry, msg: 'request failed' });
    else this.logger.debug({ ...entry, msg: 'request refused' });
  }
}

function isOfFramework(error: unknown): boolean {
  return (
    error instanceof HttpException ||
    typeof (error as { statusCode?: unknown } | null)?.statusCode === 'number'
  );
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
