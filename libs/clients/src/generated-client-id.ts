import { randomBytes } from 'node:crypto';

/** A client id of 128 random bits as 32 hexadecimal digits, where the caller does not choose one. */
export function generateClientId(): string {
  return randomBytes(16).toString('hex');
}
