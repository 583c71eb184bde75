import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { clientAuthenticationMethods } from '#libs/clients';
import { invalidClient } from '#libs/common';
import { ClientProof } from './client-proof.js';
import { type PresentedPair, readPresentedSecret } from './presented-secret.js';

/** Lets a request in whose client proves itself by its secret (RFC 6749 §2.3.1, §3.2.1). */
@Injectable()
export class ClientAuthGuard extends AuthGuard([...clientAuthenticationMethods]) {
  constructor(private readonly proof: ClientProof) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest & { user?: PresentedPair }>();
    readPresentedSecret(request);
    await super.canActivate(context);
    await this.proof.prove(request, request.user as PresentedPair);
    return true;
  }

  /** Passport's own words for a failure are thrown away: there is one answer for all of them. */
  override handleRequest<T>(error: unknown, presented: T | false): T {
    if (error) throw error;
    if (!presented) throw invalidClient('no strategy took it');
    return presented;
  }
}
