import { Injectable } from '@nestjs/common';
import { invalidRequest, unauthorizedClient } from '#libs/common';
import type { AuthenticatedClient, DecisionTrace } from '#libs/credentials';
import type { Grant, TokenParameters } from './grants/grant.js';
import { GrantRegistry } from './grants/grant-registry.js';
import type { IssuedToken } from './token-issuer.js';

/** What every token endpoint does once the client has proved itself, whatever the surface (RFC 6749 §3.2). */
@Injectable()
export class TokenEndpoint {
  constructor(private readonly grants: GrantRegistry) {}

  /** At once where nothing has to be waited for. @throws DomainError with an error code of RFC 6749 §5.2 */
  issue(by: AuthenticatedClient, parameters: TokenParameters): IssuedToken | Promise<IssuedToken> {
    const grant = this.grantFor(by, parameters);
    return grant.fill(grant.decide(by, parameters));
  }

  /**
   * The grant that the request asks for, if the client may use it.
   *
   * @throws DomainError `invalid_request`, `unsupported_grant_type`, `unauthorized_client`
   */
  grantFor(by: AuthenticatedClient, parameters: TokenParameters, trace?: DecisionTrace): Grant {
    trace?.judging('grant_type_given');
    const grantType = parameters.single('grant_type');
    if (grantType === undefined) throw invalidRequest('The parameter grant_type is missing.');
    trace?.judging('grant_type_supported');
    const grant = this.grants.get(grantType);
    trace?.judging('grant_type_registered');
    if (!by.client.grantTypes.has(grantType)) throw unauthorizedClient();
    return grant;
  }
}
