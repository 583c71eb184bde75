import { randomFillSync } from 'node:crypto';
import type { RoleGrants } from '#libs/access';

/** The claims of our access tokens (RFC 9068 §2.2), and what we need to tell whether one is still alive. */
export interface AccessTokenClaims {
  readonly iss: string;
  /** `client:<row id>`: names the client for ever, and no user can have the same. */
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly client_id: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  /** Space-delimited; absent when the token has none. */
  readonly scope?: string;
  /** The organization's public key. */
  readonly customer: string;
  readonly roles: RoleGrants;
  /** The credential that bought the token. */
  readonly credential_id: string;
  /** The generations of organization and client at issue; a later one ends the token. */
  readonly generation: string;
}

/** The `typ` of access tokens (RFC 9068 §2.1). */
export const accessTokenType = 'at+jwt';

/** The `sub` of a client's own tokens. */
export function subjectOf(clientRowId: string): string {
  return `client:${clientRowId}`;
}

const idBytes = 20;
const pool = Buffer.alloc(idBytes * 200);
let poolOffset = pool.length;

/** A new `jti` of 160 random bits (RFC 6749 §10.10); drawn in batches, for a system call costs more than the bits. */
export function newTokenId(): string {
  if (poolOffset === pool.length) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  const id = pool.toString('base64url', poolOffset, poolOffset + idBytes);
  pool.fill(0, poolOffset, poolOffset + idBytes);
  poolOffset += idBytes;
  return id;
}
