import type { AccessTokenClaims } from './access-token.js';

/** The claims of a token but for its times and its id. */
export type FixedClaims = Omit<AccessTokenClaims, 'iat' | 'exp' | 'jti'>;

/** Base64 makes four characters of so many bytes. */
const groupBytes = 3;

/**
 * The payload of tokens that differ in their times and ids alone: all else comes first, and is written as JSON and
 * encoded once.
 */
export class ClaimsTemplate {
  /** As much of the fixed claims as makes whole groups; the same for the same claims alone. */
  readonly encoded: string;
  /** What is left of them, within `,"iat":` and so ASCII. */
  private readonly rest: string;
  readonly scope: string | undefined;

  /** @param expiresInSeconds how long the tokens live */
  constructor(
    claims: FixedClaims,
    readonly expiresInSeconds: number,
  ) {
    const fixed = Buffer.from(`${JSON.stringify(claims).slice(0, -1)},"iat":`);
    const end = fixed.length - (fixed.length % groupBytes);
    this.encoded = fixed.toString('base64url', 0, end);
    this.rest = fixed.toString('latin1', end);
    this.scope = claims.scope;
  }

  /**
   * The payload of one token: JSON in base64url (RFC 7515 §3.1).
   *
   * @param iat seconds since the epoch
   * @param jti of characters that JSON takes as they are
   */
  payload(iat: number, jti: string): string {
    const own = `${this.rest}${iat},"exp":${iat + this.expiresInSeconds},"jti":"${jti}"}`;
    return this.encoded + Buffer.from(own, 'latin1').toString('base64url');
  }
}
