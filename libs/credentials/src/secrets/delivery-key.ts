import { CompactEncrypt, calculateJwkThumbprint, importJWK } from 'jose';
import { encryption, readPublicJwk, wrongMember } from '../enrolment/public-jwk.js';

const contentEncryption = 'A256GCM';

/** The public key of whoever is to get a secret, so that nobody on the way can read it. */
export class DeliveryKey {
  private constructor(
    private readonly key: Awaited<ReturnType<typeof importJWK>>,
    private readonly header: { readonly alg: string; readonly kid: string },
  ) {}

  /**
   * @param jwk an RSA, P-256, P-384 or X25519 public key
   * @param path where it stands in the request
   * @throws DomainError `invalid`, naming the member that is wrong
   */
  static async from(jwk: Readonly<Record<string, unknown>>, path: string): Promise<DeliveryKey> {
    const { members, kid, algorithms } = readPublicJwk(jwk, path, encryption);
    const alg = algorithms[0] as string;
    try {
      const header = { alg, kid: kid ?? (await calculateJwkThumbprint(members)) };
      const made = new DeliveryKey(await importJWK(members, alg), header);
      // A point off the curve, or of a small order, shows only now; and later the secret would be lost.
      await made.seal('a trial');
      return made;
    } catch {
      throw wrongMember(path, '', 'must be a key that can be encrypted to');
    }
  }

  /** @returns the secret as a compact JWE (RFC 7516 §3.1) that only the owner of the key can open */
  seal(secret: string): Promise<string> {
    return new CompactEncrypt(new TextEncoder().encode(secret))
      .setProtectedHeader({ ...this.header, enc: contentEncryption })
      .encrypt(this.key);
  }
}
