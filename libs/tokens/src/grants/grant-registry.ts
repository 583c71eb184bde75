import { Injectable } from '@nestjs/common';
import { unsupportedGrantType } from '#libs/common';
import { ClientCredentialsGrant } from './client-credentials.grant.js';
import type { Grant } from './grant.js';

/** The grant types of the token endpoint: a new one is a file beside this and a line here. */
@Injectable()
export class GrantRegistry {
  private readonly grants: ReadonlyMap<string, Grant>;

  constructor(clientCredentials: ClientCredentialsGrant) {
    this.grants = new Map([clientCredentials].map((grant) => [grant.grantType, grant]));
  }

  get grantTypes(): string[] {
    return [...this.grants.keys()];
  }

  /** @throws DomainError `unsupported_grant_type`; names compare case-sensitively */
  get(grantType: string): Grant {
    const grant = this.grants.get(grantType);
    if (!grant) throw unsupportedGrantType();
    return grant;
  }
}
