import { pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { verify } from '@node-rs/argon2';
import bcrypt from 'bcrypt';
import type { ImportedHash } from './imported-hash.js';

const derivePbkdf2 = promisify(pbkdf2);

/** Whether the hash was made of the secret. Each scheme runs on a thread of its own, not on the event loop. */
export async function compareImported(secret: string, hash: ImportedHash): Promise<boolean> {
  switch (hash.scheme) {
    case 'bcrypt':
      return bcrypt.compare(secret, hash.value);
    case 'argon2id':
      return verify(hash.value, secret);
    case 'pbkdf2': {
      const { digest, iterations, salt, key } = hash;
      return timingSafeEqual(await derivePbkdf2(secret, salt, iterations, key.length, digest), key);
    }
    case 'scrypt':
      return timingSafeEqual(await deriveScrypt(secret, hash), hash.key);
  }
}

function deriveScrypt(
  secret: string,
  hash: Extract<ImportedHash, { readonly scheme: 'scrypt' }>,
): Promise<Buffer> {
  const { cost, blockSize, parallelization, salt, key } = hash;
  // Node counts a little more than 128 N r; the bounds were checked when the hash was read.
  const maxmem = 128 * blockSize * (cost + parallelization + 2) + 1024 * 1024;
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, key.length, { cost, blockSize, parallelization, maxmem }, (error, derived) =>
      error ? reject(error) : resolve(derived),
    );
  });
}
