import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '#libs/access';
import type { AuthenticatedClient } from '#libs/credentials';
import type { OrganizationRef } from '#libs/organizations';

function requestOf(context: ExecutionContext): FastifyRequest {
  return context.switchToHttp().getRequest<FastifyRequest>();
}

/** Who calls, on a route that needs an access token. */
export const Caller = createParamDecorator(
  (_, context): Principal => requestOf(context).principal as Principal,
);

/** The organization of the path, or else the caller's own: AccessGuard let the caller in there. */
export const InOrganization = createParamDecorator(
  (_, context): OrganizationRef => requestOf(context).organization as OrganizationRef,
);

/** The client that proved itself, behind ClientAuthGuard. */
export const ProvenClient = createParamDecorator(
  (_, context): AuthenticatedClient => requestOf(context).authenticated as AuthenticatedClient,
);
