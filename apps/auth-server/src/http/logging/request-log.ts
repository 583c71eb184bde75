import type { DestinationStream } from 'pino';
import type { RouteFacts } from '../route.js';
import { destinationOf, type Log, timestamp, workerFacts } from './log.js';

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

/** What is said of a request. */
export interface LoggedRequest {
  readonly id: string;
  readonly method: string;
  /** Null: none was found. */
  readonly route: RouteFacts | null;
  readonly principal?: Caller | undefined;
  readonly trackingId?: string | undefined;
}

/**
 * Writes one line for a request, as pino would. It puts the line together itself: there is nothing in it that might be
 * a secret, and looking for one would cost more than the line. The route's pattern stands in for the URL, which may
 * hold anything: ids of another customer, a misplaced secret.
 */
export class RequestLog {
  private readonly destination: DestinationStream;
  private readonly worker = workerFacts ? `,"worker":${workerFacts.worker},"pid":${workerFacts.pid}` : '';

  constructor(private readonly log: Log) {
    this.destination = destinationOf(log);
  }

  write(
    { id, method, route, principal, trackingId }: LoggedRequest,
    status: number,
    elapsedMs: number,
  ): void {
    const level = route?.quiet ? 'debug' : 'info';
    if (!this.log.isLevelEnabled(level)) return;
    this.destination.write(
      `{"level":"${level}","time":"${timestamp()}"${this.worker},"requestId":"${id}"${member('trackingId', trackingId)}` +
        `,"method":"${method}","route":${route?.patternJson ?? '"unmatched"'}` +
        `,"status":${status},"durationMs":${Math.round(elapsedMs * 1000) / 1000}` +
        `${member('customerId', principal?.customerId)}${member('clientId', principal?.clientId)},"msg":"request"}\n`,
    );
  }
}

function member(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}
