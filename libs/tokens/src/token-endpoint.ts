import { Injectable } from '@nestjs/common';
import { invalidRequest, unauthorizedClient } from '#libs/common';
import type { AuthenticatedClient } from '#libs/credentials';
import type { TokenParameters } from './grants/grant.js';
import { GrantRegistry } from './grants/grant-registry.js';
import type { IssuedToken } from './token-issuer.js';

/** What every token endpoint does once the client has proved itself, whatever the surface (RFC 6749 §3.2). */
@Injectable()
export class TokenEndpoint {
  constructor(private readonly grants: GrantRegistry) {}

  /** @throws DomainError with an error code of RFC 6749 §5.2 */
  issue(by: AuthenticatedClient, parameters: TokenParameters): Promise<IssuedToken> {
    const grantType = parameters.single('grant_type');
    if (grantType === undefined) throw invalidRequest('The parameter grant_type is missing.');
    const grant = this.grants.get(grantType);
    if (!by.client.grantTypes.has(grantType)) throw unauthorizedClient();
    return grant.issue(by, parameters);
  }
}
