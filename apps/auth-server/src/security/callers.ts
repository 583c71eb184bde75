import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Principal } from '#libs/access';
import { DomainError, invalidRequest, invalidToken, Settings } from '#libs/common';
import { authorityOf } from '#libs/credentials';
import type { OrganizationSettings } from '#libs/organizations';
import { audiencesOf, type LiveToken, TokenStatus } from '#libs/tokens';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the caller's organization set for its clients instead of the usual limits. */
    adminRateLimit?: OrganizationSettings['adminRateLimit'];
    /** Whether it is for a route that takes an access token: refusals there are audited. */
    isGuarded?: true;
    /** Who calls: set by Callers; where a client proves itself just the names, by ClientProof. */
    principal?: Principal | { readonly clientId: string; readonly customerId: string };
  }
}

const bearerPattern = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const barePattern = /^[A-Za-z0-9\-._~+/]+=*$/;

/** Finds out who calls by the access token of a request (RFC 6750 §2.1). */
@Injectable()
export class Callers {
  constructor(
    private readonly status: TokenStatus,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * Sets who calls in the request.
   *
   * @throws DomainError `unauthenticated` without a token, `invalid_token` for one that is no good
   */
  async identify(request: FastifyRequest): Promise<void> {
    request.isGuarded = true;
    const token = presentedToken(request);
    const live = token && (await this.status.findLive(token));
    if (!live || !audiencesOf(live.claims).includes(this.settings.issuer)) throw invalidToken();
    request.principal = principalOf(live, request);
    request.adminRateLimit = live.client.organization.settings.adminRateLimit;
  }
}

/**
 * The token of the request, undefined when what was sent cannot be one.
 *
 * @throws DomainError `unauthenticated` without a token, `invalid_request` for one in the wrong place or in two places
 */
function presentedToken(request: FastifyRequest): string | undefined {
  const { tokenHeader } = request.routeOptions.config;
  const { authorization } = request.headers;
  const bare = tokenHeader === undefined ? undefined : request.headers[tokenHeader];
  if (authorization === undefined && bare === undefined) {
    throw new DomainError('unauthenticated', 'An access token is required.');
  }
  if (hasTokenInQuery(request))
    throw invalidRequest('Send the access token in the Authorization header only.');
  if (bare === undefined) return bearerPattern.exec(authorization as string)?.[1];
  if (authorization !== undefined) throw invalidRequest('Send the access token in one header only.');
  return barePattern.exec(String(bare))?.[0];
}

function hasTokenInQuery({ query }: FastifyRequest): boolean {
  return typeof query === 'object' && query !== null && 'access_token' in query;
}

function principalOf({ claims, client }: LiveToken, request: FastifyRequest): Principal {
  const scopes = new Set(claims.scope?.split(' '));
  return new Principal({
    clientId: client.clientId,
    clientRowId: client.id,
    organizationId: client.organization.id,
    customerId: client.organization.customerId,
    credentialId: claims.credential_id,
    roles: authorityOf(client, scopes),
    scopes,
    address: request.ip,
    requestId: request.id,
  });
}
