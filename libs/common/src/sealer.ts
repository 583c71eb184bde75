import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { KeyRing } from './key-ring.js';
import { Settings } from './settings.js';

/** A sealed value can't be opened: altered, moved to another place, or its master key is not given. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/**
 * Encrypts what must be read again (private signing keys, replayable answers) under the operator's master key:
 * AES-256-GCM, a fresh key per purpose by HKDF, and the place of the value as additional data, so that a sealed
 * value moved to another row does not open.
 */
@Injectable()
export class Sealer {
  private readonly ring: KeyRing;
  private readonly purposeKeys = new Map<string, Buffer>();

  constructor(@Inject(Settings) settings: Settings) {
    this.ring = new KeyRing(settings.masterKeys);
  }

  /** The name of the master key that seals new values. */
  get currentKeyId(): string {
    return this.ring.current.id;
  }

  /** The names of the master keys that the operator gave, the current one first. */
  get keyIds(): string[] {
    return [...this.ring.all()].map(({ id }) => id);
  }

  /** Whether the value is sealed under one of the master keys that the operator gave. */
  knowsKeyOf(value: string): boolean {
    return this.ring.find(value.split('.')[1] ?? '') !== undefined;
  }

  /** Whether the value is sealed under the master key that seals new ones. */
  isCurrent(value: string): boolean {
    return value.split('.')[1] === this.ring.current.id;
  }

  /**
   * @param purpose what kind of value it is, `signing-key`: values of one purpose never open as another
   * @param place which row it belongs to; the same must be given to open it
   * @returns `v1.<master key id>.<nonce>.<ciphertext and tag>`
   */
  seal(purpose: string, place: string, plaintext: string | Buffer): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.purposeKey(this.ring.current.id, purpose), nonce);
    cipher.setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    return `v1.${this.ring.current.id}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
  }

  /** @throws SealError when the value was altered or moved, or its master key is missing */
  open(purpose: string, place: string, value: string): Buffer {
    const [version, keyId, nonce, sealed] = value.split('.');
    if (version !== 'v1' || !keyId || !nonce || !sealed)
      throw new SealError('The sealed value is malformed.');
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv(
      'aes-256-gcm',
      this.purposeKey(keyId, purpose),
      Buffer.from(nonce, 'base64url'),
      {
        authTagLength: 16,
      },
    );
    decipher.setAAD(Buffer.from(place));
    try {
      decipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
    } catch (cause) {
      throw new SealError(`The sealed value of "${purpose}" was altered or moved.`, { cause });
    }
  }

  /**
   * Digests a value so that it can be recognised and not guessed: without the master key nobody can try values.
   *
   * @returns the digest under each master key, the one for new values first
   */
  digests(purpose: string, value: string): [current: Buffer, ...older: Buffer[]] {
    const [current, ...older] = [...this.ring.all()].map(({ id }) =>
      createHmac('sha256', this.purposeKey(id, purpose)).update(value).digest(),
    );
    return [current as Buffer, ...older];
  }

  private purposeKey(keyId: string, purpose: string): Buffer {
    const name = `${keyId} ${purpose}`;
    const known = this.purposeKeys.get(name);
    if (known) return known;
    const master = this.ring.find(keyId);
    if (!master)
      throw new SealError(`MASTER_KEY does not contain the key "${keyId}" that a stored value needs.`);
    const derived = Buffer.from(hkdfSync('sha256', master.bytes, '', `clientele ${purpose}`, 32));
    this.purposeKeys.set(name, derived);
    return derived;
  }
}
