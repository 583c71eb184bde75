import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest, preParsingHookHandler } from 'fastify';
import { strangersBodyLimitBytes } from '../http/parsing/body-limits.js';
import { Callers } from './callers.js';

/** Fastify reads no body of theirs. */
const bodiless = ['GET', 'HEAD'];

/**
 * Has the caller of a route that takes an access token known before the body is read, and lets strangers send none but
 * small ones: parsing a megabyte costs as much as hundreds of refusals. To decide is the guards' business.
 *
 * @param bodyLimitBytes the most that any body may have
 */
export function registerProofBeforeBodies(app: NestFastifyApplication, bodyLimitBytes: number): void {
  const callers = app.get(Callers, { strict: false });
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', (options) => {
      if (bodiless.includes(String(options.method))) return;
      if (!options.config?.accessRule) options.bodyLimit ??= strangersBodyLimitBytes;
      else options.preParsing = [identifyFirst(callers, bodyLimitBytes)];
    });
}

function identifyFirst(callers: Callers, bodyLimitBytes: number): preParsingHookHandler {
  return (request, reply, payload, done) => {
    callers.identify(request).then(
      () => done(null, payload),
      (refusal: Error) => {
        if (!isPassedOver(request, bodyLimitBytes)) reply.header('connection', 'close');
        done(refusal);
      },
    );
  };
}

/** Whether what follows is announced and not too much: Node passes over it, and the connection can be kept. */
function isPassedOver({ headers }: FastifyRequest, bodyLimitBytes: number): boolean {
  return (
    headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= bodyLimitBytes
  );
}
