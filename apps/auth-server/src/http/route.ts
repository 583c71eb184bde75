import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import { ApiConsumes } from '@nestjs/swagger';
import type { FastifyContextConfig, FastifyInstance } from 'fastify';

/** The facts of a route that the HTTP layer needs with every request, gathered once when it is registered. */
export interface RouteFacts {
  /** As it was declared: `/oauth/customers/:customerId/clients`. */
  readonly pattern: string;
  /** The same as JSON, for the log. */
  readonly patternJson: string;
  /** The media types of request bodies, lower-case. */
  readonly accepts: readonly string[];
  /** Written to the log at debug level only: asked for by machines every few seconds. */
  readonly quiet: boolean;
  /** A JSON body arrives as bytes. */
  readonly keepsBytes: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until a route was found. */
    route: RouteFacts | null;
  }
  interface FastifyContextConfig {
    accepts?: readonly string[];
    keepsBytes?: boolean;
    facts?: RouteFacts;
  }
}

const jsonOnly = ['application/json'] as const;
const quietRoutes = new Set(['/health/live', '/health/ready', '/metrics']);

/**
 * Tells Fastify something of a route. Nest's own decorator of that name replaces what another one told, and of other
 * metadata nothing gets through to Fastify where the path has parameters.
 */
export function TellsFastify(facts: FastifyContextConfig): MethodDecorator {
  return (prototype, method, descriptor) => {
    const before = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, descriptor.value as object);
    RouteConfig({ ...before, ...facts })(prototype, method, descriptor);
  };
}

/** Says which media types of request bodies a handler takes; without it a handler takes `application/json` alone. */
export function Accepts(...mediaTypes: string[]): MethodDecorator {
  return applyDecorators(TellsFastify({ accepts: mediaTypes }), ApiConsumes(...mediaTypes));
}

/** Has a JSON body arrive as the bytes that it came in, where these are signed: a guard parses it once that is known. */
export function KeepsBytes(): MethodDecorator {
  return TellsFastify({ keepsBytes: true });
}

/** The media type of the OAuth endpoints; the body arrives as a `Form`. */
export const formMediaType = 'application/x-www-form-urlencoded';

/** The other encoding of a form (RFC 7578), where a route takes it; the body arrives as a `Form` too. */
export const multipartMediaType = 'multipart/form-data';

/** Gathers the facts of every route when it is registered. */
export function gatherRouteFacts(fastify: FastifyInstance): void {
  fastify.decorateRequest('route', null);
  fastify.addHook('onRoute', (options) => {
    const facts: RouteFacts = {
      pattern: options.url,
      patternJson: JSON.stringify(options.url),
      accepts: options.config?.accepts ?? jsonOnly,
      quiet: quietRoutes.has(options.url),
      keepsBytes: options.config?.keepsBytes === true,
    };
    options.config = { ...options.config, facts };
  });
}
