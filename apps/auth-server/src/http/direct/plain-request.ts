import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { requestIdOf } from '../logging/request-id.js';
import type { Form } from '../parsing/form.js';
import type { RouteFacts } from '../route.js';
import type { DirectRequest } from './direct-route.js';

/** A request to a direct route that Fastify has not seen. */
export class PlainRequest implements DirectRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  body: Form | undefined = undefined;
  principal: FastifyRequest['principal'];
  authenticated: FastifyRequest['authenticated'];
  refusal: string | undefined;
  trackingId: string | undefined;
  private readonly startedAtMs = performance.now();

  /** @param ip the caller's address, by the proxy rule */
  constructor(
    raw: IncomingMessage,
    readonly route: RouteFacts,
    readonly ip: string,
  ) {
    this.id = requestIdOf(raw);
    this.method = raw.method as string;
    this.url = route.pattern;
    this.headers = raw.headers;
    this.principal = undefined;
    this.authenticated = undefined;
    this.refusal = undefined;
    this.trackingId = undefined;
  }

  /** Since its headers were read. */
  get elapsedMs(): number {
    return performance.now() - this.startedAtMs;
  }
}
