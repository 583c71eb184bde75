import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { accessRuleOf } from './access-rule.js';
import { Callers } from './callers.js';

/**
 * Lets known callers in. Global: a route that does not say otherwise needs an access token. It asks again after
 * `registerProofBeforeBodies`: while a slow body came in, the token may have been revoked.
 */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly callers: Callers,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (accessRuleOf(this.reflector, context)?.kind === 'public') return true;
    await this.callers.identify(context.switchToHttp().getRequest<FastifyRequest>());
    return true;
  }
}
