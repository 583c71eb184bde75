import type { FastifyInstance } from 'fastify';
import { TellsFastify } from '../route.js';
import { formLimitBytes } from './form-parser.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    isBulk?: true;
  }
}

/** The most that a JSON body may have unless its route says otherwise, in bytes: it is parsed in some milliseconds. */
export const usualBodyLimitBytes = 256 * 1024;

/** The most that a body may have on a route that needs no access token, in bytes. */
export const strangersBodyLimitBytes = formLimitBytes;

/** For a route whose body holds many things: it may have as many bytes as any body at all. */
export function Bulk(): MethodDecorator {
  return TellsFastify({ isBulk: true });
}

/** Lets bulk routes have larger bodies than the others. */
export function registerBodyLimits(fastify: FastifyInstance, bodyLimitBytes: number): void {
  fastify.addHook('onRoute', (options) => {
    if (options.config?.isBulk) options.bodyLimit = bodyLimitBytes;
  });
}
