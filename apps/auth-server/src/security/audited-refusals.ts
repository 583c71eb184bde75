import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Principal } from '#libs/access';
import { RefusedAttempts, serverChain } from '#libs/audit';

/** Has the audit log told of requests that were refused on routes that take an access token. */
@Injectable()
export class AuditedRefusals {
  constructor(private readonly attempts: RefusedAttempts) {}

  /** Notes it in the log of the caller's organization; of a caller that is not known in that of the server. */
  note(request: FastifyRequest): void {
    if (!request.isGuarded || !request.route) return;
    const { principal, refusal, method } = request;
    const caller = principal instanceof Principal ? principal : undefined;
    this.attempts.note({
      organizationId: caller?.organizationId ?? serverChain,
      action: 'request.refused',
      actor: caller?.actor ?? {
        name: 'anonymous',
        credentialId: null,
        address: request.ip,
        requestId: request.id,
      },
      targetType: 'route',
      targetId: `${method} ${request.route.pattern}`,
      details: { reason: refusal },
    });
  }
}
