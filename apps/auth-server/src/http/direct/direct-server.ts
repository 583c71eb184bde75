import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Settings } from '#libs/common';
import type { LoggedRequest } from '../logging/request-log.js';
import { hasNoBody, hasPlainForm, readPlainForm } from '../parsing/plain-body.js';
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

/** A request that is not answered with what it asked for, and why. */
interface Refused {
  readonly request: PlainRequest;
  readonly error: unknown;
  /** Its body did not come, or cannot be read. */
  readonly isUnreadable: boolean;
}

/** A request that was read, and what may become of it. */
interface Pending {
  readonly route: Route;
  readonly request: PlainRequest;
  readonly answer: (given: DirectAnswer) => void;
  readonly refuse: (error: unknown) => void;
  /** What its handler gave at once. */
  given: DirectAnswer | undefined;
}

/** What is done with every request once it is answered. */
export type Finish = (request: LoggedRequest, status: number, elapsedMs: number) => void;

/** One address alone: where several proxies forwarded, there is a list. */
const singleAddress = /^[0-9A-Fa-f.:]+$/;

/**
 * Stands before Fastify and has the direct routes answer plain requests at once, of which there are thousands a second
 * (docs/decisions/0010-direct-routes.md). Whatever is unusual in a request, and whatever is refused, goes on to
 * Fastify: it knows every kind of body, and how each error is answered.
 */
export class DirectServer {
  private readonly routes = new Map<string, Route>();
  private readonly refused = new WeakMap<IncomingMessage, Refused>();
  private readonly pending = new Batch<Pending>([handle, send]);
  /** The headers of every answer; `cache-control` apart, which is an answer's own. */
  private readonly standing: readonly string[];
  private readonly cacheControl: string;
  private readonly hasProxies: boolean;
  private readonly isTrusted: (address: string | undefined) => boolean;

  constructor(
    { trustedProxies: proxies }: Pick<Settings, 'trustedProxies'>,
    { 'cache-control': cacheControl, ...others }: StandingHeaders,
    private readonly finish: Finish,
  ) {
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

  /** Takes its place between the server and Fastify. */
  standBefore({ server, drainState }: FastifyInstance): void {
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
      const refuse = (error: unknown, isUnreadable = false) => {
        this.refused.set(raw, { request, error, isUnreadable });
        toFastify(raw, response);
      };
      const answer = (given: DirectAnswer) => this.answer(request, response, given, drainState.isDraining);
      const pending: Pending = { route, request, answer, refuse, given: undefined };
      if (!route.takesForm) {
        // So little work that putting it off would cost more than it brings.
        handle(pending);
        send(pending);
        return;
      }
      readPlainForm(raw, (error, form) => {
        request.body = form;
        if (error) refuse(error, true);
        else this.pending.add(pending);
      });
    });
  }

  /** For Fastify: what a request that it was given was refused for, if it was; what is known of it goes along. */
  takeRefused(request: FastifyRequest): Refused | undefined {
    const refused = this.refused.get(request.raw);
    if (refused === undefined) return undefined;
    const { principal, authenticated, elapsedMs } = refused.request;
    Object.assign(request, { principal, authenticated, spentMs: elapsedMs });
    return refused;
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

  private answer(
    request: PlainRequest,
    response: ServerResponse,
    { status, headers, cacheControl = this.cacheControl, body }: DirectAnswer,
    isLast: boolean,
  ): void {
    const all = [...this.standing, 'cache-control', cacheControl, 'x-request-id', request.id, ...headers];
    if (isLast) all.push('connection', 'close');
    // Who asked may have left while something was waited for.
    if (!response.destroyed) writeAtOnce(response, status, all, body);
    this.finish(request, status, request.elapsedMs);
  }
}

function handle(pending: Pending): void {
  const { route, request, answer, refuse } = pending;
  try {
    const given = route.handle(request);
    if (given instanceof Promise) given.then(answer).catch(refuse);
    else pending.given = given;
  } catch (error) {
    refuse(error);
  }
}

function send({ given, answer, refuse }: Pending): void {
  if (given === undefined) return;
  try {
    answer(given);
  } catch (error) {
    refuse(error);
  }
}
