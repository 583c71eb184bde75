import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { andThen } from '#libs/common';
import { type AuthenticatedClient, ClientAuthenticator } from '#libs/credentials';
import type { PresentedPair } from './presented-secret.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The client that proved itself by its secret: set by ClientProof. */
    authenticated?: AuthenticatedClient;
  }
}

/** What of a request is looked at, and what is noted with it. */
type ProvingRequest = Pick<FastifyRequest, 'ip' | 'authenticated' | 'principal'> & {
  readonly headers: { readonly 'user-agent'?: string | undefined };
};

/** Has the client of a request prove itself by its secret, however that came in (RFC 6749 §2.3.1, §3.2.1). */
@Injectable()
export class ClientProof {
  constructor(private readonly authenticator: ClientAuthenticator) {}

  /** At once or later, as ClientAuthenticator.authenticate. @throws DomainError as that */
  prove(
    request: ProvingRequest,
    { method, clientId, secret }: PresentedPair,
  ): AuthenticatedClient | Promise<AuthenticatedClient> {
    const found = this.authenticator.authenticate({
      method,
      clientId,
      secret,
      address: request.ip,
      userAgent: request.headers['user-agent'],
    });
    return andThen(found, (proven) => {
      const { client } = proven;
      request.authenticated = proven;
      request.principal = { clientId: client.clientId, customerId: client.organization.customerId };
      return proven;
    });
  }
}
