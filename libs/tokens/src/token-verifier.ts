import { verify } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { Clock, Settings } from '#libs/common';
import { SigningKeys, type VerificationKey } from '#libs/keys';
import { type AccessTokenClaims, accessTokenType } from './access-token.js';

/**
 * How far the clock of the server that issued it may be ahead of ours. Beyond that one of them was wrong, and the
 * token would live longer than it was meant to.
 */
export const mostAheadSeconds = 60;

const longestToken = 64 * 1024;
/** At some 3 KB each: 30 MB at most. */
const mostRemembered = 10_000;
const longestRemembered = 2_048;
/** A power of two. */
const seenOnceSlots = 16_384;

/** A token whose form and signature were found to be right. */
interface VerifiedToken {
  readonly kid: string;
  readonly key: VerificationKey;
  readonly claims: unknown;
}

/**
 * Reads tokens that claim to be ours: form, header, signature, issuer and times (RFC 9068 §4, RFC 8725 §3). Whether
 * one was revoked is for TokenStatus.
 */
@Injectable()
export class TokenVerifier {
  /**
   * By the token itself. Form and signature of a text never change, so that only these are remembered: times, keys and
   * whatever may end a token are looked at every time.
   */
  private readonly verified = new LRUCache<string, VerifiedToken>({ max: mostRemembered });
  /** Of tokens that were seen once, by bits of their signatures: most are never seen again, and not worth the memory. */
  private readonly seenOnce = new Uint32Array(seenOnceSlots);
  private lastHeader: { readonly text: string; readonly header: unknown } = { text: '', header: undefined };

  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /** The claims of a token that we signed and that has not expired; undefined for everything else. */
  verify(token: string): AccessTokenClaims | undefined {
    const known = this.verified.get(token);
    // The keys are replaced whenever one of them changes: a retired one is another one, or none.
    const isKnown = known !== undefined && this.keys.findForVerification(known.kid) === known.key;
    const claims = isKnown ? known.claims : this.verifyAnew(token)?.claims;
    return this.areCurrent(claims) ? claims : undefined;
  }

  private verifyAnew(token: string): VerifiedToken | undefined {
    if (token.length > longestToken) return undefined;
    const parts = token.split('.');
    if (parts.length !== 3) return undefined;
    const header = this.headerOf(parts[0] as string);
    const payload = decodeCanonical(parts[1] as string);
    const signature = decodeCanonical(parts[2] as string);
    const key = this.keyFor(header);
    if (!key || !payload || !signature || !hasValidSignature(token, signature, key)) return undefined;
    const { kid } = header as { kid: string };
    const verified = { kid, key, claims: parseJson(payload) };
    if (token.length <= longestRemembered && this.wasSeen(signature))
      this.verified.set(detached(token), verified);
    return verified;
  }

  /** The header, parsed; all tokens of a key have the same one. */
  private headerOf(text: string): unknown {
    if (this.lastHeader.text === text) return this.lastHeader.header;
    const bytes = decodeCanonical(text);
    const header = bytes && parseJson(bytes);
    if (text.length <= longestRemembered) this.lastHeader = { text: detached(text), header };
    return header;
  }

  /** Whether a token of that signature was verified a short time ago; from now on it was. Mistakes cost memory alone. */
  private wasSeen(signature: Buffer): boolean {
    const end = signature.length;
    const mark = signature.readUInt32LE(end - 4);
    const slot = signature.readUInt32LE(end - 8) & (seenOnceSlots - 1);
    if (this.seenOnce[slot] === mark) return true;
    this.seenOnce[slot] = mark;
    return false;
  }

  /** RFC 8725 §3.1: the key decides on the algorithm; §3.10: keys are never taken from the header. */
  private keyFor(header: unknown): VerificationKey | undefined {
    if (!isRecord(header)) return undefined;
    const names = Object.keys(header);
    if (names.length !== 3 || header['typ'] !== accessTokenType || typeof header['kid'] !== 'string')
      return undefined;
    const key = this.keys.findForVerification(header['kid']);
    return key?.alg === header['alg'] ? key : undefined;
  }

  private areCurrent(claims: unknown): claims is AccessTokenClaims {
    if (!isRecord(claims)) return false;
    const {
      iss,
      aud,
      exp,
      iat,
      nbf,
      sub,
      jti,
      client_id: clientId,
      generation,
      credential_id: credentialId,
    } = claims;
    const now = this.clock.nowSeconds();
    return (
      iss === this.settings.issuer &&
      isAudience(aud) &&
      typeof exp === 'number' &&
      exp > now &&
      typeof iat === 'number' &&
      iat <= now + mostAheadSeconds &&
      (nbf === undefined || (typeof nbf === 'number' && nbf <= now)) &&
      [sub, jti, clientId, generation, credentialId].every((claim) => typeof claim === 'string')
    );
  }
}

/** RSA by jsonwebtoken. By node:crypto what that lacks (EdDSA), and ES256, which most tokens have: it parses them again. */
function hasValidSignature(token: string, signature: Buffer, { alg, publicKey }: VerificationKey): boolean {
  if (alg === 'ES256' || alg === 'EdDSA') {
    const signed = Buffer.from(token.slice(0, token.lastIndexOf('.')), 'latin1');
    if (alg === 'EdDSA') return verify(null, signed, publicKey, signature);
    // RFC 7518 §3.4: the two numbers side by side.
    return verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  }
  try {
    // The times are checked above, against the injected clock.
    jwt.verify(token, publicKey, { algorithms: [alg], ignoreExpiration: true, ignoreNotBefore: true });
    return true;
  } catch {
    return false;
  }
}

/** A copy on its own: a part of a request's body would keep all of that body in memory. */
function detached(token: string): string {
  return Buffer.from(token, 'latin1').toString('latin1');
}

/** One audience may stand alone (RFC 7519 §4.1.3). */
function isAudience(aud: unknown): boolean {
  return (Array.isArray(aud) ? aud : [aud]).every((each) => typeof each === 'string');
}

/** One token has one spelling (RFC 7515 §2), so that a revoked one does not come back in another. */
function decodeCanonical(part: string): Buffer | undefined {
  if (part.length === 0) return undefined;
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
