import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from './log.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the answer calls the request, where that is not its id. */
    trackingId?: string;
  }
}

/** Who the guards found out the caller to be. */
interface Caller {
  readonly customerId?: string;
  readonly clientId?: string;
}

/**
 * Writes one line for a request. The route's pattern stands in for the URL, which may hold anything: ids of another
 * customer, a misplaced secret.
 */
export function logRequest(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  const level = request.route?.quiet ? 'debug' : 'info';
  if (!log.isLevelEnabled(level)) return;
  const principal = (request as FastifyRequest & { principal?: Caller }).principal;
  log[level]({
    requestId: request.id,
    trackingId: request.trackingId,
    method: request.raw.method,
    route: request.route?.pattern ?? 'unmatched',
    status: reply.raw.statusCode,
    durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
    customerId: principal?.customerId,
    clientId: principal?.clientId,
    msg: 'request',
  });
}
