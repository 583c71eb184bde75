import { applyDecorators } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import { TellsFastify } from '../http/route.js';
import { apiKey } from '../openapi/security-schemes.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The other header in which the route takes the access token. */
    tokenHeader?: string;
  }
}

/** Lets the access token of a route also come in a header of its own, bare; it is the same token as ever. */
export function TokenFrom(header: 'x-api-key'): MethodDecorator {
  return applyDecorators(TellsFastify({ tokenHeader: header }), ApiSecurity(apiKey));
}
