import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '#libs/access';
import { forbidden, notFound } from '#libs/common';
import { OrganizationDirectory, type OrganizationRef } from '#libs/organizations';
import { type AccessRule, accessRuleOf } from './access-rule.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The organization that the request is about: set by AccessGuard. */
    organization?: OrganizationRef;
  }
}

/**
 * Decides whether the caller may do what the route does, in the organization of the path or else in his own. An
 * organization that is none of the caller's business answers just as one that does not exist, before anything is
 * looked up.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly organizations: OrganizationDirectory,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = accessRuleOf(this.reflector, context);
    if (rule?.kind === 'public') return true;
    // Closed by default: a route that nobody declared answers nobody.
    if (!rule) throw forbidden('The route is not open to anybody.');
    return this.decide(rule, context.switchToHttp().getRequest<FastifyRequest>());
  }

  /** @throws DomainError `not_found` for a stranger's or a missing organization, `forbidden` without the right */
  private async decide(rule: AccessRule, request: FastifyRequest): Promise<boolean> {
    const caller = request.principal as Principal;
    const { customerId = caller.customerId } = request.params as { customerId?: string };
    if (!caller.knows(customerId)) throw notFound('customer');
    if (!isEntitled(caller, rule, customerId)) {
      throw forbidden('The access token does not entitle you to this.', 'insufficient_scope');
    }
    request.organization = await this.organizationOf(caller, customerId);
    return true;
  }

  private async organizationOf(caller: Principal, customerId: string): Promise<OrganizationRef> {
    if (customerId === caller.customerId) return { id: caller.organizationId, customerId };
    const organization = await this.organizations.find(customerId);
    if (!organization) throw notFound('customer');
    return organization;
  }
}

function isEntitled(caller: Principal, rule: AccessRule, customerId: string): boolean {
  if (rule.kind === 'permission') return caller.may(rule.resource, rule.privilege, customerId);
  if (rule.kind === 'admin') return caller.isAdminOf(customerId);
  return rule.kind === 'operator' && caller.isOperator();
}
