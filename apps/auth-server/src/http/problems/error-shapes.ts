import { Injectable } from '@nestjs/common';
import { challengeOf } from '../challenge.js';
import { nativeErrorShape } from './native-error-shape.js';
import { oauthErrorShape } from './oauth-error-shape.js';
import type { Problem } from './problem.js';

/** What a shape may look at of the request that failed. */
export interface FailedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly url: string;
}

/** An error as a surface writes it; what is left out stands in the problem. */
export interface ErrorAnswer {
  readonly body: unknown;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  /** Default: `application/json; charset=utf-8`. */
  readonly contentType?: string;
  /** What the body calls the request, where that is not the request id: the log then has both. */
  readonly trackingId?: string;
}

/** The same as it goes over the wire, beside the headers of every answer. */
export interface ProblemAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly trackingId: string | undefined;
}

/** Renders a problem in the words of one surface. */
export type ErrorShape = (problem: Problem, request: FailedRequest) => ErrorAnswer;

const usualContentType = 'application/json; charset=utf-8';

/** The paths whose errors are the OAuth protocol's own (RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 7662 §2.3). */
const oauthPaths = ['/oauth/token', '/oauth/introspect', '/oauth/revoke', '/oauth/checkToken'];

/** Knows which surface a path belongs to, and so in which words its errors are answered. */
@Injectable()
export class ErrorShapes {
  /** Longest base path first, so that the first match is the right one. */
  private claims = oauthPaths.map((basePath) => ({ basePath, shape: oauthErrorShape }));

  /**
   * Claims every path at and below the base path; a module does so in its constructor.
   *
   * @param basePath starts with a slash and ends without one: `/platform/clientauth`
   */
  register(basePath: string, shape: ErrorShape): void {
    if (!/^\/.*[^/]$/.test(basePath)) throw new Error(`"${basePath}" is no base path.`);
    if (this.claims.some((claim) => claim.basePath === basePath)) {
      throw new Error(`The errors of "${basePath}" have a shape already.`);
    }
    this.claims.push({ basePath, shape });
    this.claims.sort((a, b) => b.basePath.length - a.basePath.length);
  }

  /** Renders a problem in the words of the surface that the path belongs to. */
  render(problem: Problem, path: string, request: FailedRequest): ProblemAnswer {
    const { body, headers, status, contentType, trackingId } = this.of(path)(problem, request);
    const challenge = challengeOf(problem);
    return {
      status: status ?? problem.status,
      headers: {
        ...(challenge !== undefined && { 'www-authenticate': challenge }),
        ...(problem.status === 401 && { 'cache-control': 'no-store' }),
        ...problem.headers,
        ...headers,
        'content-type': contentType ?? usualContentType,
      },
      body: JSON.stringify(body),
      trackingId,
    };
  }

  /** The shape of the longest base path that the path is at or below; the native one when nobody claims it. */
  of(path: string): ErrorShape {
    const claim = this.claims.find(
      ({ basePath }) =>
        path.startsWith(basePath) && (path.length === basePath.length || path[basePath.length] === '/'),
    );
    return claim?.shape ?? nativeErrorShape;
  }
}
