import type { Socket } from 'node:net';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '#libs/common';
import { registerDirectRoutes } from './http/direct/direct-route.js';
import { DirectServer, type Finish } from './http/direct/direct-server.js';
import { prepareDrain } from './http/drain.js';
import { createLog, type Log, NestLog } from './http/logging/log.js';
import { requestIdOf } from './http/logging/request-id.js';
import { RequestLog } from './http/logging/request-log.js';
import { registerBodyLimits, usualBodyLimitBytes } from './http/parsing/body-limits.js';
import { registerBodyParsers } from './http/parsing/body-parsers.js';
import { parseQuery } from './http/parsing/query-parser.js';
import { answerClientError } from './http/problems/client-error.js';
import { ErrorShapes } from './http/problems/error-shapes.js';
import { ProblemFilter } from './http/problems/problem.filter.js';
import { HttpProblem } from './http/problems/problem.js';
import { checkRequest, mustBeSecure } from './http/request-checks.js';
import { gatherRouteFacts } from './http/route.js';
import { type StandingHeaders, standingHeaders } from './http/standing-headers.js';
import { trustedProxies } from './http/trusted-proxies.js';
import { RequestMetrics } from './metrics/request-metrics.js';
import { serveOpenApi } from './openapi/serve.js';
import { AuditedRefusals } from './security/audited-refusals.js';
import { registerProofBeforeBodies } from './security/proof-before-bodies.js';

const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
/** Longer than the idle timeout of common load balancers (60 s), or they meet a closing connection now and then. */
const keepAliveTimeoutMs = 72_000;
const connectionTimeoutMs = 120_000;
const maxParamLength = 1024;

/** What of the application can only be had once Nest has made it, for callbacks that are registered before. */
interface Late {
  filter?: ProblemFilter;
  shapes?: ErrorShapes;
  metrics?: RequestMetrics;
  refusals?: AuditedRefusals;
}

/**
 * Makes the whole application, not listening yet.
 *
 * @param module imports `HttpModule`, `MetricsModule` and whatever has controllers
 * @param log the server's log; made from the settings when it is not given
 */
export async function createApplication(
  module: Type | DynamicModule,
  settings: Settings,
  log?: Log,
): Promise<NestFastifyApplication> {
  const target = log ?? (await createLog(settings));
  const late: Late = {};
  const headers = standingHeaders(settings);
  const finish = finisher(new RequestLog(target), late);
  const adapter = adapterOf(settings, headers, target, late, finish);
  const fastify = adapter.getInstance();
  const { server } = fastify;
  // An unknown expectation may be ignored (RFC 9110 §10.1.1); Node would answer with an empty 417.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  gatherRouteFacts(fastify);
  prepareDrain(fastify);
  registerBodyParsers(fastify, settings.bodyLimitBytes);
  registerBodyLimits(fastify, settings.bodyLimitBytes);
  registerHooks(adapter, settings, headers, late, finish);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    logger: new NestLog(target),
    abortOnError: false,
  });
  late.filter = app.get(ProblemFilter, { strict: false });
  late.shapes = app.get(ErrorShapes, { strict: false });
  late.metrics = app.get(RequestMetrics, { strict: false });
  late.refusals = app.get(AuditedRefusals, { strict: false });
  const direct = new DirectServer(app, settings, headers, finish);
  registerDirectRoutes(app, direct);
  // With origins to look at, every request takes the way on which that is done.
  if (settings.corsOrigins.length > 0) allowOrigins(app, settings.corsOrigins);
  else direct.standBefore();
  registerProofBeforeBodies(app, settings.bodyLimitBytes);
  serveOpenApi(app);
  return app;
}

function adapterOf(
  settings: Settings,
  headers: StandingHeaders,
  log: Log,
  late: Late,
  finish: Finish,
): FastifyAdapter {
  return new FastifyAdapter({
    logger: false,
    bodyLimit: Math.min(settings.bodyLimitBytes, usualBodyLimitBytes),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionTimeout: connectionTimeoutMs,
    // Requests that arrive on open connections while the server drains are still answered.
    return503OnClosing: false,
    trustProxy: settings.trustedProxies.length > 0 && trustedProxies(settings.trustedProxies),
    genReqId: requestIdOf,
    // Node would answer a missing Host with an empty 400; `checkRequest` does it in our words.
    http: {
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: 2_000,
      requireHostHeader: false,
    },
    routerOptions: { maxParamLength, querystringParser: parseQuery },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      late.filter?.answer(urlProblem(error), request, reply);
      finish(request, reply.raw.statusCode, reply.elapsedTime);
    },
    clientErrorHandler: (error: Error, socket: Socket) => {
      answerClientError(error, socket, late.shapes ?? new ErrorShapes(), headers, log);
    },
  });
}

/** One hook on the way in and one on the way out: on the token endpoint each of them counts. */
function registerHooks(
  adapter: FastifyAdapter,
  settings: Settings,
  headers: StandingHeaders,
  late: Late,
  finish: Finish,
): void {
  const fastify = adapter.getInstance();
  const isBehindTls = settings.issuer.startsWith('https:') && settings.trustedProxies.length > 0;
  const isTrusted = trustedProxies(settings.trustedProxies);
  fastify.addHook('onRequest', (request, reply, done) => {
    request.route = request.routeOptions.config.facts ?? null;
    reply.headers(headers).header('x-request-id', request.id);
    try {
      checkRequest(request);
      if (isBehindTls) mustBeSecure(request, isTrusted);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    if (request.refusal !== undefined) late.refusals?.note(request);
    finish(request, reply.raw.statusCode, reply.elapsedTime);
    done();
  });
}

/** Makes what is done with every request once it is answered. */
function finisher(log: RequestLog, late: Late): Finish {
  return (request, status, elapsedMs) => {
    late.metrics?.observe(request.method, request.route?.pattern ?? 'unmatched', status, elapsedMs / 1000);
    log.write(request, status, elapsedMs);
  };
}

/** What the router itself refuses has a message that repeats the URL. */
function urlProblem(error: FastifyError): unknown {
  if (error.code !== 'FST_ERR_BAD_URL') return error;
  return new HttpProblem(400, 'malformed_url', 'The URL cannot be decoded.');
}

function allowOrigins(app: NestFastifyApplication, origins: readonly string[]): void {
  app.enableCors({
    // Behind our own hook, or preflights would be answered without the headers of every answer.
    hook: 'preParsing',
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'DPoP', 'Idempotency-Key', 'X-Request-Id', 'X-API-Key'],
    exposedHeaders: [
      'Link',
      'Retry-After',
      'WWW-Authenticate',
      'X-Request-Id',
      'X-Total-Count',
      'DPoP-Nonce',
    ],
    credentials: false,
    maxAge: 600,
    strictPreflight: false,
  });
}
