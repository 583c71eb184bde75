import { HttpException, Injectable, Logger } from '@nestjs/common';
import type { LoggedRequest } from '../logging/request-log.js';
import { ErrorShapes, type FailedRequest, type ProblemAnswer } from './error-shapes.js';
import { type Problem, toProblem } from './problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The word for why it was answered 401 or 403. */
    refusal?: string;
  }
}

/** What is looked at of a request that failed, and what is noted with it. */
interface RefusedRequest extends FailedRequest, LoggedRequest {
  refusal?: string | undefined;
  trackingId?: string | undefined;
}

/** Answers every error of a request in the words of the surface that its path belongs to, whoever writes the answer. */
@Injectable()
export class ProblemAnswers {
  private readonly logger = new Logger('http');

  constructor(private readonly shapes: ErrorShapes) {}

  /** @param problem what the caller may learn of the error, where that is not `toProblem` */
  answerTo(
    error: unknown,
    request: RefusedRequest,
    problem: Problem = toProblem(error, request.id),
  ): ProblemAnswer {
    this.log(error, problem, request);
    if (problem.status === 401 || problem.status === 403) request.refusal = problem.code;
    const answer = this.shapes.render(problem, request.route?.pattern ?? pathOf(request.url), request);
    if (answer.trackingId !== undefined) request.trackingId = answer.trackingId;
    return answer;
  }

  private log(error: unknown, problem: Problem, { id, route }: RefusedRequest): void {
    const entry = {
      requestId: id,
      route: route?.pattern,
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
