import type { OutgoingHttpHeader } from 'node:http';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { andThen } from '#libs/common';
import type { DirectServer } from './direct-server.js';
import { writeAtOnce } from './write-at-once.js';

/** What the handler of a direct route may know of a request, whoever made the object. */
export interface DirectRequest
  extends Pick<FastifyRequest, 'id' | 'ip' | 'headers' | 'body' | 'principal' | 'authenticated'> {}

/** What a direct route answers; its handler throws whatever it refuses. */
export interface DirectAnswer {
  readonly status: number;
  /** Names, in lower case, and values in turn; those of every answer and the length of the body are added. */
  readonly headers: readonly string[];
  /** In the place of that of every answer, by which nobody keeps it. */
  readonly cacheControl?: string;
  readonly body?: string;
}

export type DirectHandler = (request: DirectRequest) => DirectAnswer | Promise<DirectAnswer>;

interface Declaration {
  readonly controller: Type<Record<string, DirectHandler>>;
  readonly method: string;
}

/** Where a handler that is called without Nest is marked among its metadata. */
export const directKey = 'clientele:direct';

/**
 * Has the handler called without Nest's pipeline: no guard, no pipe, no interceptor runs on the route, and on plain
 * requests no hook of Fastify either. For the few routes that are called so often that all of that would cost more
 * than their work, and that anybody may call or whose handler proves the caller itself
 * (docs/decisions/0010-direct-routes.md).
 */
export function Direct() {
  return <T extends DirectHandler>(
    prototype: object,
    method: string,
    { value }: TypedPropertyDescriptor<T>,
  ): void => {
    Reflect.defineMetadata(directKey, { controller: prototype.constructor, method }, value as object);
  };
}

/**
 * Puts the handlers of direct routes in the place of Nest's, when Nest registers the routes, and makes them known to
 * the server that stands before Fastify.
 */
export function registerDirectRoutes(app: NestFastifyApplication, direct: DirectServer): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRoute', (options) => {
    // Nest copies the metadata of a controller's method to the handler that it makes of it.
    const declared = Reflect.getMetadata(directKey, options.handler) as Declaration | undefined;
    if (!declared) return;
    const controller = app.get(declared.controller, { strict: false });
    const handle = (controller[declared.method] as DirectHandler).bind(controller);
    const { method, config } = options;
    if (config?.facts && method !== 'HEAD') direct.add(String(method), config.facts, handle);
    options.handler = (request, reply) => andThen(handle(request), (answer) => answerBy(reply, answer));
  });
}

/** Fastify's hooks before sending are passed over, of which there is the drain's alone; those after it run. */
function answerBy(reply: FastifyReply, { status, headers, cacheControl, body }: DirectAnswer): void {
  for (let i = 0; i < headers.length; i += 2) reply.header(headers[i] as string, headers[i + 1]);
  if (cacheControl !== undefined) reply.header('cache-control', cacheControl);
  if (reply.server.drainState.isDraining) reply.header('connection', 'close');
  const all = Object.entries(reply.getHeaders()).flat() as OutgoingHttpHeader[];
  writeAtOnce(reply.raw, status, all, body);
}
