import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tooMany } from '#libs/common';
import { rateLimitHeaders } from '../http/rate-limit-headers.js';
import { type RateLimit, RateLimits } from './rate-limits.js';

const metadataKey = 'clientele:rate-limit';

/** Limits how often one client may call the routes of a surface; an organization may set another limit for its own. */
export function RateLimited(limit: RateLimit): ClassDecorator & MethodDecorator {
  return SetMetadata(metadataKey, limit);
}

/**
 * Counts the requests of each client, and says in headers what is left (draft-ietf-httpapi-ratelimit-headers). The
 * third of the global guards: only who may call at all is counted.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limits: RateLimits,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // Who proved itself by a secret instead of a token has limits of another kind.
    if (!request.principal) return true;
    const usual = this.reflector.getAllAndOverride<RateLimit | undefined>(metadataKey, [
      context.getHandler(),
      context.getClass(),
    ]);
    const limit = request.adminRateLimit ?? usual;
    if (!limit) return true;
    return this.count(request.principal.clientId, limit, context.switchToHttp().getResponse<FastifyReply>());
  }

  /** @throws DomainError `too_many` beyond the limit */
  private async count(clientId: string, limit: RateLimit, reply: FastifyReply): Promise<boolean> {
    const { isExceeded, remaining, resetSeconds } = await this.limits.count(clientId, limit);
    reply.headers(
      rateLimitHeaders([
        { name: 'client', limit: limit.requests, windowSeconds: limit.seconds, remaining, resetSeconds },
      ]),
    );
    if (isExceeded) throw tooMany('Too many requests.', resetSeconds, 'rate_limited');
    return true;
  }
}
