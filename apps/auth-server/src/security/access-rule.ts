import { applyDecorators, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiExtension, ApiOAuth2 } from '@nestjs/swagger';
import type { Privilege } from '#libs/access';
import { TellsFastify } from '../http/route.js';
import { bearer, clientCredentials } from '../openapi/security-schemes.js';

/** Who may call a route. A route without a rule is closed. */
export type AccessRule =
  /** Anybody, for the reason given. */
  | { readonly kind: 'public'; readonly reason: string }
  /** Whoever holds the permission in the organization of the path, or else in his own. */
  | { readonly kind: 'permission'; readonly resource: string; readonly privilege: Privilege }
  /** The administrators of that organization. */
  | { readonly kind: 'admin' }
  /** The operators of the server. */
  | { readonly kind: 'operator' };

declare module 'fastify' {
  interface FastifyContextConfig {
    accessRule?: AccessRule;
  }
}

/** Where a route's rule is kept among its metadata. */
export const accessRuleKey = 'clientele:access';

/** The rule of the route, or of its controller. */
export function accessRuleOf(reflector: Reflector, context: ExecutionContext): AccessRule | undefined {
  return reflector.getAllAndOverride<AccessRule | undefined>(accessRuleKey, [
    context.getHandler(),
    context.getClass(),
  ]);
}

/** Opens a route to everybody. @param reason why that is right; it stands in the OpenAPI document */
export function Public(reason: string): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(accessRuleKey, { kind: 'public', reason } satisfies AccessRule),
    ApiExtension('x-public', reason),
  );
}

/** Opens a route to holders of a permission, and to the administrators of the organization. */
export function Requires(resource: string, privilege: Privilege): MethodDecorator {
  return guarded({ kind: 'permission', resource, privilege }, [
    `${resource} ${privilege}`,
    'ROLE_ADMIN_CUSTOMER',
  ]);
}

/** Opens a route to the administrators of the organization. */
export function RequiresAdmin(): MethodDecorator {
  return guarded({ kind: 'admin' }, ['ROLE_ADMIN_CUSTOMER']);
}

/** Opens a route to the operators of the server. */
export function RequiresOperator(): MethodDecorator {
  return guarded({ kind: 'operator' }, ['ROLE_ADMIN']);
}

/**
 * One decorator guards and documents, so that the two cannot disagree. For methods alone: of a class Fastify is not
 * told anything.
 */
function guarded(rule: AccessRule, anyOf: readonly string[]): MethodDecorator {
  return applyDecorators(
    SetMetadata(accessRuleKey, rule),
    TellsFastify({ accessRule: rule }),
    ApiBearerAuth(bearer),
    ApiOAuth2([], clientCredentials),
    ApiExtension('x-required-permission', { anyOf }),
  );
}
