import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';

/** The facts of a route that the HTTP layer needs with every request, gathered once when it is registered. */
export interface RouteFacts {
  /** As it was declared: `/oauth/customers/:customerId/clients`. */
  readonly pattern: string;
  /** The media types of request bodies, lower-case. */
  readonly accepts: readonly string[];
  /** Written to the log at debug level only: asked for by machines every few seconds. */
  readonly quiet: boolean;
  /** The bytes of a JSON body are kept beside what they say. */
  readonly keepsBody: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until a route was found. */
    route: RouteFacts | null;
    /** The body as it came, on routes that keep it. */
    bodyBytes: Buffer | null;
  }
  interface FastifyContextConfig {
    accepts?: readonly string[];
    keepsBody?: boolean;
    facts?: RouteFacts;
  }
}

const jsonOnly = ['application/json'] as const;
const quietRoutes = new Set(['/health/live', '/health/ready', '/metrics']);

/** Says which media types of request bodies a handler takes; without it a handler takes `application/json` alone. */
export function Accepts(...mediaTypes: string[]): MethodDecorator {
  return applyDecorators(RouteConfig({ accepts: mediaTypes }), ApiConsumes(...mediaTypes));
}

/** Keeps the bytes of the JSON body for the handler and its guards, where they are signed. */
export function KeepsBody(): MethodDecorator {
  return RouteConfig({ keepsBody: true });
}

/** The media type of the OAuth endpoints; the body arrives as a `Form`. */
export const formMediaType = 'application/x-www-form-urlencoded';

/** The other encoding of a form (RFC 7578), where a route takes it; the body arrives as a `Form` too. */
export const multipartMediaType = 'multipart/form-data';

/** Gathers the facts of every route when it is registered. */
export function gatherRouteFacts(fastify: FastifyInstance): void {
  fastify.decorateRequest('route', null);
  fastify.decorateRequest('bodyBytes', null);
  fastify.addHook('onRoute', (options) => {
    const facts: RouteFacts = {
      pattern: options.url,
      accepts: options.config?.accepts ?? jsonOnly,
      quiet: quietRoutes.has(options.url),
      keepsBody: options.config?.keepsBody === true,
    };
    options.config = { ...options.config, facts };
  });
}
