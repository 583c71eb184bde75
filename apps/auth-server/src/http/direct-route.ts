import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest, preParsingHookHandler } from 'fastify';
import { hasPlainForm, readPlainForm } from './plain-form.js';
import { formMediaType } from './route.js';

/** A handler of a controller that answers for itself; what it throws is answered as everywhere. */
type DirectHandler = (request: FastifyRequest, reply: FastifyReply) => void | Promise<void>;

interface Declaration {
  readonly controller: Type<Record<string, DirectHandler>>;
  readonly method: string;
}

/** Where a handler that Fastify calls itself is marked among its metadata. */
export const directKey = 'clientele:direct';

/**
 * Has Fastify call the handler itself: of Nest's pipeline nothing runs on the route, no guard, no pipe, no
 * interceptor. For the few routes that are called so often that the pipeline would cost more than their work, and
 * that anybody may call or whose handler proves the caller itself (docs/decisions/0010-direct-routes.md). Whatever
 * Fastify does stays: limits, strict parsers, headers, log and metrics, and the one answer to each error.
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

/** Puts the handlers of direct routes in the place of Nest's, when Nest registers the routes. */
export function registerDirectRoutes(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRoute', (options) => {
    // Nest copies the metadata of a controller's method to the handler that it makes of it.
    const direct = Reflect.getMetadata(directKey, options.handler) as Declaration | undefined;
    if (!direct) return;
    const controller = app.get(direct.controller, { strict: false });
    const handle = (controller[direct.method] as DirectHandler).bind(controller);
    options.handler = (request, reply) => handle(request, reply);
    if (options.config?.facts?.accepts.includes(formMediaType)) options.preParsing = [readAndHandle(handle)];
  });
}

/**
 * Reads a plain form and has it handled without Fastify's own way from the headers to the handler, which is for bodies
 * of all kinds; whatever else comes in takes that way. Errors are Fastify's in either case.
 */
function readAndHandle(handle: DirectHandler): preParsingHookHandler {
  return (request, reply, payload, done) => {
    if (!hasPlainForm(request.raw)) {
      done(null, payload);
      return;
    }
    readPlainForm(request.raw, (error, form) => {
      if (error) {
        // As with every body that cannot be read.
        reply.header('connection', 'close');
        done(error);
        return;
      }
      request.body = form;
      try {
        const answered = handle(request, reply);
        if (answered instanceof Promise) answered.catch(done);
      } catch (refusal) {
        done(refusal as Error);
      }
    });
  };
}
