import type { AuthenticatedClient } from '#libs/credentials';
import type { IssuedToken } from '../token-issuer.js';

/** The parameters of a token request, each at most once (RFC 6749 §3.2); an empty one counts as not sent. */
export interface TokenParameters {
  /** @throws DomainError `invalid_request` when it is longer than that many characters */
  single(name: string, maxLength?: number): string | undefined;
}

/** One grant type of the token endpoint: who proved itself may have which token? (RFC 6749 §4.5) */
export interface Grant {
  readonly grantType: string;

  /** @throws DomainError with an error code of RFC 6749 §5.2 */
  issue(by: AuthenticatedClient, parameters: TokenParameters): Promise<IssuedToken>;
}
