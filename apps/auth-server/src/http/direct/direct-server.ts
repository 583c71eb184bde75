import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '#libs/common';
import type { LoggedRequest } from '../logging/request-log.js';
import { hasNoBody, hasPlainForm, readPlainForm } from '../parsing/plain-body.js';
import { ProblemAnswers } from '../problems/problem-answers.js';
import { hasSoundHeaders } from '../request-checks.js';
import { formMediaType, type RouteFacts } from '../route.js';
import type { StandingHeaders } from '../standing-headers.js';
import { trustedProxies } from '../trusted-proxies.js';
import { Batch } from './batch.js';
import type { DirectAnswer, DirectHandler } from './direct-route.js';
import { PlainRequest } from './plain-request.js';
import { writeAtOnce } from './write-at-once.js';

interface Route {
  readonly method: string;
  readonly facts: RouteFacts;
  readonly takesForm: boolean;
  readonly handle: DirectHandler;
}

/** A request that was read, and what becomes of it. */
interface Pending {
  readonly route: Route;
  readonly request: PlainRequest;
  readonly response: ServerResponse;
  /** What is answered, once that is known. */
  given: DirectAnswer | undefined;
  /** Nothing more can be read from its connection. */
  isLast: boolean;
  /** Of its answer; 0 as long as there is none. */
  status: number;
  elapsedMs: number;
}

/** What is done with every request once it is answered. */
export type Finish = (request: LoggedRequest, status: number, elapsedMs: number) => void;

/** One address alone: where several proxies forwarded, there is a list. */
const singleAddress = /^[0-9A-Fa-f.:]+$/;

/**
 * Stands before Fastify and has the direct routes answer plain requests at once, of which there are thousands a second
 * (docs/decisions/0010-direct-routes.md). Whatever is unusual in a request goes on to Fastify, which knows every kind of
 * body.
 */
export class DirectServer {
  private readonly fastify: FastifyInstance;
  private readonly problems: ProblemAnswers;
  private readonly routes = new Map<string, Route>();
  private readonly pending = new Batch<Pending>([
    (pending) => this.handle(pending),
    (pending) => this.send(pending),
    (pending) => this.record(pending),
  ]);
  /** Those that were answered later, or because their body cannot be read. */
  private readonly answered = new Batch<Pending>([(pending) => this.record(pending)]);
  /** The headers of every answer; `cache-control` apart, which is an answer's own. */
  private readonly standing: readonly string[];
  private readonly cacheControl: string;
  private readonly hasProxies: boolean;
  private readonly isTrusted: (address: string | undefined) => boolean;

  constructor(
    app: NestFastifyApplication,
    { trustedProxies: proxies }: Pick<Settings, 'trustedProxies'>,
    { 'cache-control': cacheControl, ...others }: StandingHeaders,
    private readonly finish: Finish,
  ) {
    this.fastify = app.getHttpAdapter().getInstance();
    this.problems = app.get(ProblemAnswers, { strict: false });
    this.standing = Object.entries(others).flat();
    this.cacheControl = cacheControl;
    this.hasProxies = proxies.length > 0;
    this.isTrusted = trustedProxies(proxies);
  }

  /** Takes a route whose pattern is its path. */
  add(method: string, facts: RouteFacts, handle: DirectHandler): void {
    const takesForm = facts.accepts.includes(formMediaType);
    this.routes.set(facts.pattern, { method, facts, takesForm, handle });
  }

  /** Takes its place between the HTTP server and Fastify. */
  standBefore(): void {
    const { server } = this.fastify;
    const [toFastify] = server.listeners('request') as [RequestListener];
    server.off('request', toFastify);
    server.on('request', (raw, response) => {
      const route = this.routes.get(raw.url as string);
      const address = route && this.addressOfPlain(raw, route);
      if (route === undefined || address === undefined) {
        toFastify(raw, response);
        return;
      }
      const request = new PlainRequest(raw, route.facts, address);
      const pending: Pending = {
        route,
        request,
        response,
        given: undefined,
        isLast: false,
        status: 0,
        elapsedMs: 0,
      };
      if (!route.takesForm) {
        this.pending.add(pending);
        return;
      }
      readPlainForm(raw, (error, form) => {
        request.body = form;
        if (error === null) this.pending.add(pending);
        else {
          pending.isLast = true;
          this.settle(pending, this.refusalOf(request, error));
        }
      });
    });
  }

  /** The caller's address by the proxy rule, if the request holds nothing but what almost every client sends. */
  private addressOfPlain(raw: IncomingMessage, { method, takesForm }: Route): string | undefined {
    if (raw.method !== method || !hasSoundHeaders(raw)) return undefined;
    if (!(takesForm ? hasPlainForm(raw) : hasNoBody(raw))) return undefined;
    const { remoteAddress } = raw.socket;
    if (!this.hasProxies) return remoteAddress;
    const { 'x-forwarded-proto': protocol = 'https', 'x-forwarded-for': forwarded } = raw.headers;
    if (protocol !== 'https') return undefined;
    if (forwarded === undefined || !this.isTrusted(remoteAddress)) return remoteAddress;
    return singleAddress.test(String(forwarded)) ? String(forwarded) : undefined;
  }

  private handle(pending: Pending): void {
    const { route, request } = pending;
    try {
      const given = route.handle(request);
      if (!(given instanceof Promise)) pending.given = given;
      else
        given.then(
          (later) => this.settle(pending, later),
          (error) => this.settle(pending, this.refusalOf(request, error)),
        );
    } catch (error) {
      pending.given = this.refusalOf(request, error);
    }
  }

  private settle(pending: Pending, given: DirectAnswer): void {
    pending.given = given;
    this.send(pending);
    this.answered.add(pending);
  }

  /** What is answered to whatever was thrown. */
  private refusalOf(request: PlainRequest, error: unknown): DirectAnswer {
    const { status, headers, body } = this.problems.answerTo(error, request);
    const { 'cache-control': cacheControl = this.cacheControl, ...others } = headers;
    return { status, headers: Object.entries(others).flat(), cacheControl, body };
  }

  private send(pending: Pending): void {
    const { request, response, given } = pending;
    if (given === undefined) return;
    try {
      this.write(pending, given);
    } catch (error) {
      // What is sent already cannot be taken back.
      if (response.headersSent) response.destroy();
      else this.write(pending, this.refusalOf(request, error));
    }
    pending.elapsedMs = request.elapsedMs;
  }

  private write(
    pending: Pending,
    { status, headers, cacheControl = this.cacheControl, body }: DirectAnswer,
  ): void {
    const { request, response, isLast } = pending;
    const all = [...this.standing, 'cache-control', cacheControl, 'x-request-id', request.id, ...headers];
    if (isLast || this.fastify.drainState.isDraining) all.push('connection', 'close');
    pending.status = status;
    // Who asked may have left while something was waited for.
    if (!response.destroyed) writeAtOnce(response, status, all, body);
  }

  private record({ request, status, elapsedMs }: Pending): void {
    if (status !== 0) this.finish(request, status, elapsedMs);
  }
}
