import type { AuthenticatedClient, DecisionTrace } from '#libs/credentials';
import type { ForeseenToken, IssuedToken, TokenOrder } from '../token-issuer.js';

/** The parameters of a token request, each at most once (RFC 6749 §3.2); an empty one counts as not sent. */
export interface TokenParameters {
  /** @throws DomainError `invalid_request` when it is longer than that many characters */
  single(name: string, maxLength?: number): string | undefined;
}

/** One grant type of the token endpoint: who proved itself may have which token? (RFC 6749 §4.5) */
export interface Grant {
  readonly grantType: string;

  /** What the client may have of what it asks for. @throws DomainError with an error code of RFC 6749 §5.2 */
  decide(by: AuthenticatedClient, parameters: TokenParameters, trace?: DecisionTrace): TokenOrder;

  /** Issues what was decided. @throws DomainError `too_many`, `unavailable` */
  fill(order: TokenOrder): IssuedToken | Promise<IssuedToken>;

  /** What `fill` would issue at that moment, and changes nothing. @throws DomainError as `fill` */
  foresee(order: TokenOrder, at: Date, trace: DecisionTrace): Promise<ForeseenToken>;
}
