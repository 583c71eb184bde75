import type { AccessTokenClaims } from './access-token.js';

/** The claims of a token but for its times and its id. */
export type FixedClaims = Omit<AccessTokenClaims, 'iat' | 'exp' | 'jti'>;

/** The payload of tokens that differ in their times and ids alone: all else is written as JSON once. */
export class ClaimsTemplate {
  private readonly before: string;
  private readonly after: string;

  /** @param expiresInSeconds how long the tokens live */
  constructor(
    readonly claims: FixedClaims,
    readonly expiresInSeconds: number,
  ) {
    const { iss, sub, aud, client_id, ...others } = claims;
    this.before = `${JSON.stringify({ iss, sub, aud, client_id }).slice(0, -1)},"iat":`;
    this.after = `",${JSON.stringify(others).slice(1)}`;
  }

  /**
   * The payload of one token, as JSON.
   *
   * @param iat seconds since the epoch
   * @param jti of characters that JSON takes as they are
   */
  payload(iat: number, jti: string): string {
    return `${this.before}${iat},"exp":${iat + this.expiresInSeconds},"jti":"${jti}${this.after}`;
  }
}
