import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { KeyRing, Settings } from '#libs/common';
import { parseImportedHash, readImportedHash } from './imported-hash.js';
import { KeyedHash } from './keyed-hash.js';
import { isRandomEnough } from './secret-strength.js';
import { SlowHash } from './slow-hash.js';

const fastScheme = 'hmac-sha256';
const slowScheme = 'bcrypt-hmac-sha256';
const importedScheme = 'imported';
/** Enough that no two secrets share one by chance. */
const lookupBytes = 16;

/**
 * Turns secrets into what is stored, and compares. A generated secret is kept as an HMAC under the pepper: a slow
 * hash adds nothing to 256 random bits (NIST SP 800-63B-4 asks for none above 112). One that a person chose is kept
 * as bcrypt over that HMAC, which also lifts bcrypt's limit of 72 bytes. The row of the client goes into the HMAC:
 * equal secrets of two clients have different hashes, and a hash moved to another client opens nothing. A hash that
 * another server made is kept as it is, under a seal of pepper and row, until the secret is seen for the first time.
 */
@Injectable()
export class SecretHasher {
  private readonly ring: KeyRing;
  private readonly keys = new Map<string, KeyObject>();
  private readonly hashes = new Map<string, KeyedHash>();
  private readonly currentFastPrefix: string;

  constructor(
    @Inject(Settings) settings: Settings,
    private readonly slow: SlowHash,
  ) {
    this.ring = new KeyRing(settings.secretPeppers);
    for (const { id, bytes } of this.ring.all()) {
      this.keys.set(id, createSecretKey(bytes));
      this.hashes.set(id, new KeyedHash(bytes));
    }
    this.currentFastPrefix = `${fastScheme}$${this.ring.current.id}$`;
  }

  /** The stored form of a secret of at least 256 random bits. */
  hashGenerated(secret: string, clientRowId: string): string {
    const digest = this.digest(this.ring.current.id, secret, clientRowId);
    return this.currentFastPrefix + digest;
  }

  /** The stored form of a secret that somebody chose. */
  async hashChosen(secret: string, clientRowId: string): Promise<string> {
    const pepperId = this.ring.current.id;
    const digest = this.paddedDigest(pepperId, secret, clientRowId);
    return `${slowScheme}$${pepperId}$${await this.slow.hash(digest)}`;
  }

  /** The stored form of a secret that another server generated, or somebody chose: what it is worth decides. */
  async hashForeign(secret: string, clientRowId: string): Promise<string> {
    return isRandomEnough(secret)
      ? this.hashGenerated(secret, clientRowId)
      : this.hashChosen(secret, clientRowId);
  }

  /**
   * The stored form of a hash that another server made.
   *
   * @throws ImportedHashError for one that is of no known form, or costs too much
   */
  keepImported(hash: string, clientRowId: string): string {
    parseImportedHash(hash);
    const pepperId = this.ring.current.id;
    return `${importedScheme}$${pepperId}$${this.seal(pepperId, hash, clientRowId)}$${hash}`;
  }

  /**
   * By what a secret is found when nobody says whose it is. Only one of many random bits has it: what a person chose
   * could be guessed by it.
   *
   * @param hash the stored form of the secret
   */
  lookupHashFor(hash: string, secret: string): Buffer | null {
    return hash.startsWith(this.currentFastPrefix) ? this.lookupDigest(this.ring.current.id, secret) : null;
  }

  /** Everything that may be stored as the lookup hash of the secret: one for each pepper. */
  lookupHashesOf(secret: string): Buffer[] {
    return this.pepperIds.map((pepperId) => this.lookupDigest(pepperId, secret));
  }

  /** The names of the peppers that the operator gave. */
  get pepperIds(): string[] {
    return [...this.keys.keys()];
  }

  /** Whether the secret would be stored otherwise today: under another pepper, or with more work. */
  isOutdated(hash: string): boolean {
    if (hash.startsWith(this.currentFastPrefix)) return false;
    const [scheme, pepperId, value] = splitHash(hash);
    if (scheme === importedScheme) return true;
    return pepperId !== this.ring.current.id || (scheme === slowScheme && this.slow.isWeak(value));
  }

  /** Whether another server made it: of the secret itself nothing is known yet. */
  isImported(hash: string): boolean {
    return hash.startsWith(`${importedScheme}$`);
  }

  /** The form in which the secret that opened an outdated hash is stored today; a slow hash stays a slow one. */
  async renew(outdated: string, secret: string, clientRowId: string): Promise<string> {
    const [scheme] = splitHash(outdated);
    if (scheme === importedScheme) return this.hashForeign(secret, clientRowId);
    return scheme === slowScheme
      ? this.hashChosen(secret, clientRowId)
      : this.hashGenerated(secret, clientRowId);
  }

  /**
   * Finds the credential that the secret opens. Generated ones are all compared first, which is cheap; only then
   * those with a slow hash.
   *
   * @returns the first match, or undefined
   * @throws DomainError `unavailable` when too many slow comparisons are waiting
   */
  match<T extends { readonly hash: string }>(
    credentials: readonly T[],
    secret: string,
    clientRowId: string,
  ): T | undefined | Promise<T | undefined> {
    let slowOnes: T[] | undefined;
    let digest: Buffer | undefined;
    let digestPepper: string | undefined;
    for (const credential of credentials) {
      const [scheme, pepperId, value] = splitHash(credential.hash);
      if (!this.keys.has(pepperId)) continue;
      if (scheme === slowScheme || scheme === importedScheme) {
        slowOnes ??= [];
        slowOnes.push(credential);
        continue;
      }
      if (digestPepper !== pepperId) {
        digest = Buffer.from(this.digest(pepperId, secret, clientRowId), 'base64url');
        digestPepper = pepperId;
      }
      if (digest && equal(digest, Buffer.from(value, 'base64url'))) return credential;
    }
    return slowOnes && this.matchSlow(slowOnes, secret, clientRowId);
  }

  /** Costs as much as comparing with one generated secret, so that an unknown client answers no sooner. */
  spendOneComparison(secret: string): void {
    this.digest(this.ring.current.id, secret, '');
  }

  private async matchSlow<T extends { readonly hash: string }>(
    credentials: readonly T[],
    secret: string,
    clientRowId: string,
  ): Promise<T | undefined> {
    for (const credential of credentials) {
      if (await this.opensSlow(credential.hash, secret, clientRowId)) return credential;
    }
    return undefined;
  }

  private async opensSlow(hash: string, secret: string, clientRowId: string): Promise<boolean> {
    const [scheme, pepperId, value] = splitHash(hash);
    if (scheme === importedScheme) return this.opensImported(pepperId, value, secret, clientRowId);
    return this.slow.compare(this.paddedDigest(pepperId, secret, clientRowId), value);
  }

  /** Nothing is computed for a hash that was altered, or moved to another client. */
  private async opensImported(
    pepperId: string,
    value: string,
    secret: string,
    clientRowId: string,
  ): Promise<boolean> {
    const end = value.indexOf('$');
    const [seal, hash] = [value.slice(0, end), value.slice(end + 1)];
    if (!equal(Buffer.from(seal), Buffer.from(this.seal(pepperId, hash, clientRowId)))) return false;
    const parsed = readImportedHash(hash);
    return parsed !== undefined && this.slow.compareImported(secret, hash, parsed);
  }

  private seal(pepperId: string, hash: string, clientRowId: string): string {
    const key = this.keys.get(pepperId) as KeyObject;
    const text = `imported hash v1\0${clientRowId}\0${hash}`;
    return createHmac('sha256', key).update(text).digest('base64url');
  }

  private lookupDigest(pepperId: string, secret: string): Buffer {
    const key = this.keys.get(pepperId) as KeyObject;
    const digest = createHmac('sha256', key).update(`client secret lookup v1\0${secret}`).digest();
    return digest.subarray(0, lookupBytes);
  }

  /** In base64url. */
  private digest(pepperId: string, secret: string, clientRowId: string): string {
    return (this.hashes.get(pepperId) as KeyedHash).of(`client secret v1\0${clientRowId}\0${secret}`);
  }

  /** As slow hashes have been made of it: in Base64 with its padding. */
  private paddedDigest(pepperId: string, secret: string, clientRowId: string): string {
    return Buffer.from(this.digest(pepperId, secret, clientRowId), 'base64url').toString('base64');
  }
}

/** Whether comparing with it takes microseconds: the hash of a secret that nobody can guess. */
export function isFastHash(hash: string): boolean {
  return hash.startsWith(`${fastScheme}$`);
}

function splitHash(hash: string): [scheme: string, pepperId: string, value: string] {
  const first = hash.indexOf('$');
  const second = hash.indexOf('$', first + 1);
  return [hash.slice(0, first), hash.slice(first + 1, second), hash.slice(second + 1)];
}

function equal(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
