import { applyDecorators, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { ApiSecurity } from '@nestjs/swagger';
import { apiKey } from '../openapi/security-schemes.js';

const tokenHeaderKey = 'clientele:token-header';

/** Lets the access token of a route also come in a header of its own, bare; it is the same token as ever. */
export function TokenFrom(header: 'x-api-key'): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(tokenHeaderKey, header), ApiSecurity(apiKey));
}

/** The other header in which the route takes the access token, if there is one. */
export function tokenHeaderOf(reflector: Reflector, context: ExecutionContext): string | undefined {
  return reflector.getAllAndOverride<string | undefined>(tokenHeaderKey, [
    context.getHandler(),
    context.getClass(),
  ]);
}
