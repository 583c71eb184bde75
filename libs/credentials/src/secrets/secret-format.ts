import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/*
 * A generated secret is `cls_<43 base62>_<6 base62>`: 256 random bits, then the CRC-32 of everything before it, so
 * that a scanner recognises one offline and a mistyped one is refused before any work.
 */

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const prefix = 'cls';
const randomLength = 43;
const checksumLength = 6;

/** Matches what looks like a generated secret; for secret scanners. The checksum tells for sure. */
export const secretPattern = /^cls_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/;

const within = /(?<![0-9A-Za-z])cls_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}(?![0-9A-Za-z])/g;

/** The generated secrets within a text; what only looks like one has a wrong checksum and is passed over. */
export function findSecrets(text: string): string[] {
  return (text.match(within) ?? []).filter(isWellFormed);
}

/** A new secret of 256 bits from the operating system's random source. */
export function generateSecret(): string {
  const body = `${prefix}_${randomBase62(randomLength)}`;
  return `${body}_${checksumOf(body)}`;
}

/** The forms in which a secret can be generated: ours, or one that a surface's document prescribes. */
export type SecretForm = 'checked' | 'hex' | 'base64';

/** A new secret of 256 bits in the form wanted. */
export function generateSecretAs(form: SecretForm): string {
  return form === 'checked' ? generateSecret() : randomBytes(32).toString(form);
}

/** Whether it begins like a generated secret, so that it must be a whole one to be any good. */
export function claimsToBeGenerated(secret: string): boolean {
  return secret.startsWith(`${prefix}_`);
}

/** Whether form and checksum are those of a generated secret. */
export function isWellFormed(secret: string): boolean {
  if (secret.length !== prefix.length + randomLength + checksumLength + 2) return false;
  const cut = secret.length - checksumLength - 1;
  return secret.charCodeAt(cut) === 0x5f && hasChecksum(secret, cut + 1);
}

/** Whether the checksum from there on is that of what stands before its separator; looked at with every request. */
function hasChecksum(secret: string, start: number): boolean {
  let rest = crc32(secret.slice(0, start - 1));
  for (let place = start + checksumLength - 1; place >= start; place--) {
    if (secret.charCodeAt(place) !== alphabet.charCodeAt(rest % 62)) return false;
    rest = Math.floor(rest / 62);
  }
  return true;
}

/** What may be shown of a secret later: its prefix and its last four characters. */
export function hintOf(secret: string): string {
  const start = claimsToBeGenerated(secret) ? `${prefix}_` : '';
  return `${start}…${secret.slice(-4)}`;
}

/** Whether the hint is that of a secret that begins like a generated one. */
export function isHintOfGenerated(hint: string): boolean {
  return hint.startsWith(`${prefix}_`);
}

/** Characters drawn evenly: bytes beyond the last multiple of 62 are thrown away. */
function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(64)) {
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let checksum = '';
  for (let place = 0; place < checksumLength; place++) {
    checksum = alphabet[rest % 62] + checksum;
    rest = Math.floor(rest / 62);
  }
  return checksum;
}
