import { Injectable } from '@nestjs/common';
import { unauthorizedClient } from '#libs/common';
import type { AuthenticatedClient } from '#libs/credentials';
import type { IssuedToken } from '../token-issuer.js';
import { ClientCredentialsGrant } from './client-credentials.grant.js';

/** How a client wants its token labelled, and for how long. */
export interface SubjectLabel {
  /** Stands in the place of the usual `sub`. It entitles to nothing: who calls is told by `client_id` alone. */
  readonly subject: string;
  /** Cut to the client's usual lifetime. */
  readonly ttlSeconds: number;
}

/**
 * The client asks for itself (RFC 6749 §4.4) under a label of its own making. No grant type of its own: whoever may
 * use `client_credentials` may label its tokens, and has the same rights and limits with or without a label.
 */
@Injectable()
export class SubjectLabelGrant {
  constructor(private readonly clientCredentials: ClientCredentialsGrant) {}

  /** @throws DomainError `unauthorized_client`; `too_many` where active tokens are limited */
  async issue(by: AuthenticatedClient, label: SubjectLabel): Promise<IssuedToken> {
    if (!by.client.grantTypes.has(this.clientCredentials.grantType)) throw unauthorizedClient();
    const { client, credential } = by;
    const order = { client, credential, scopes: [...client.scopes], audiences: client.audiences, ...label };
    return this.clientCredentials.fill(order);
  }
}
