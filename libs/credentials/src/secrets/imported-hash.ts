/*
 * The forms in which other servers keep secrets. All of them are read strictly and within bounds before anything is
 * computed: who writes the parameters decides what a comparison costs.
 */

/** Salt and result, with what it takes to compute the one from the other. */
export type ImportedHash =
  | { readonly scheme: 'bcrypt'; readonly value: string }
  | { readonly scheme: 'argon2id'; readonly value: string }
  | {
      readonly scheme: 'pbkdf2';
      readonly digest: 'sha256' | 'sha512';
      readonly iterations: number;
      readonly salt: Buffer;
      readonly key: Buffer;
    }
  | {
      readonly scheme: 'scrypt';
      readonly cost: number;
      readonly blockSize: number;
      readonly parallelization: number;
      readonly salt: Buffer;
      readonly key: Buffer;
    };

/** The hash is of no known form, or its parameters are beyond the bounds. The message completes "The hash …". */
export class ImportedHashError extends Error {
  override readonly name = 'ImportedHashError';
}

/** What a comparison may cost at most: about a second of one processor, and 128 MiB. */
const importedHashBounds = {
  bcryptCost: 14,
  pbkdf2Iterations: 2_000_000,
  memoryKibibytes: 128 * 1024,
  argon2Passes: 16,
  /** Memory in KiB times passes. */
  argon2Work: 1024 * 1024,
  argon2Lanes: 16,
  /** N times r times p. */
  scryptWork: 2 ** 21,
} as const;

const longestHash = 512;
const forms = 'bcrypt ($2a$, $2b$, $2y$), pbkdf2-sha256, pbkdf2-sha512, scrypt or argon2id';

/** @throws ImportedHashError */
export function parseImportedHash(text: string): ImportedHash {
  if (text.length > longestHash) throw new ImportedHashError(`must have at most ${longestHash} characters`);
  const parsed = parseBcrypt(text) ?? parseArgon2id(text) ?? parsePbkdf2(text) ?? parseScrypt(text);
  if (!parsed) throw new ImportedHashError(`must be a hash of ${forms}`);
  return parsed;
}

/** As parseImportedHash; undefined for a hash that was within the bounds of an earlier version, and no longer is. */
export function readImportedHash(text: string): ImportedHash | undefined {
  try {
    return parseImportedHash(text);
  } catch (error) {
    if (error instanceof ImportedHashError) return undefined;
    throw error;
  }
}

function parseBcrypt(text: string): ImportedHash | undefined {
  const [, cost, rest] = /^\$2[aby]\$(\d\d)\$([./0-9A-Za-z]{53})$/.exec(text) ?? [];
  if (cost === undefined) return undefined;
  mustLie('the cost', Number(cost), 4, importedHashBounds.bcryptCost);
  // The three letters name one algorithm; the library knows two of them.
  return { scheme: 'bcrypt', value: `$2b$${cost}$${rest}` };
}

/** The PHC string of version 19, as the reference implementation writes it. */
function parseArgon2id(text: string): ImportedHash | undefined {
  const match = /^\$argon2id\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,10})\$([^$]+)\$([^$]+)$/.exec(text);
  if (!match) return undefined;
  const [memory, passes, lanes] = match.slice(1, 4).map(Number) as [number, number, number];
  const { memoryKibibytes, argon2Passes, argon2Work, argon2Lanes } = importedHashBounds;
  mustLie('the lanes p', lanes, 1, argon2Lanes);
  mustLie('the memory m in KiB', memory, 8 * lanes, memoryKibibytes);
  mustLie('the passes t', passes, 1, argon2Passes);
  mustLie('memory times passes', memory * passes, 1, argon2Work);
  mustBeSalt(decode(match[4] as string));
  mustBeKey(decode(match[5] as string));
  return { scheme: 'argon2id', value: text };
}

/** `$pbkdf2-sha256$i=100000,l=32$…`, `$pbkdf2-sha256$29000$…`, or `pbkdf2_sha256$600000$…` with a salt of text. */
function parsePbkdf2(text: string): ImportedHash | undefined {
  const dollars =
    /^\$pbkdf2-(sha256|sha512)\$(?:i=(\d{1,10})(?:,l=\d{1,4})?|(\d{1,10}))\$([^$]+)\$([^$]+)$/.exec(text);
  const plain = /^pbkdf2_(sha256|sha512)\$(\d{1,10})\$([\x21-\x23\x25-\x7e]+)\$([^$]+)$/.exec(text);
  const digest = (dollars ?? plain)?.[1] as 'sha256' | 'sha512' | undefined;
  if (!digest) return undefined;
  const iterations = Number(dollars ? (dollars[2] ?? dollars[3]) : plain?.[2]);
  mustLie('the number of iterations', iterations, 1, importedHashBounds.pbkdf2Iterations);
  const salt = mustBeSalt(dollars ? decode(dollars[4] as string) : Buffer.from(plain?.[3] as string));
  const key = mustBeKey(decode((dollars?.[5] ?? plain?.[4]) as string));
  return { scheme: 'pbkdf2', digest, iterations, salt, key };
}

/** `ln` is the binary logarithm of N; some write N itself there, which is never below 64. */
function parseScrypt(text: string): ImportedHash | undefined {
  const match = /^\$scrypt\$ln=(\d{1,10}),r=(\d{1,10}),p=(\d{1,10})\$([^$]+)\$([^$]+)$/.exec(text);
  if (!match) return undefined;
  const [ln, blockSize, parallelization] = match.slice(1, 4).map(Number) as [number, number, number];
  const cost = ln < 64 ? 2 ** ln : ln;
  const { memoryKibibytes, scryptWork } = importedHashBounds;
  mustLie('the block size r', blockSize, 1, 64);
  mustLie('the parallelization p', parallelization, 1, 64);
  mustLie('the cost N', cost, 2, (memoryKibibytes * 1024) / (128 * blockSize));
  if (!Number.isInteger(Math.log2(cost)))
    throw new ImportedHashError('must have a power of two as its cost N');
  mustLie('N times r times p', cost * blockSize * parallelization, 1, scryptWork);
  const salt = mustBeSalt(decode(match[4] as string));
  return {
    scheme: 'scrypt',
    cost,
    blockSize,
    parallelization,
    salt,
    key: mustBeKey(decode(match[5] as string)),
  };
}

function mustLie(what: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new ImportedHashError(`costs too much or is damaged: ${what} must be from ${least} to ${most}`);
}

function mustBeSalt(salt: Buffer): Buffer {
  if (salt.length >= 4 && salt.length <= 128) return salt;
  throw new ImportedHashError('is damaged: its salt must have 4 to 128 bytes');
}

function mustBeKey(key: Buffer): Buffer {
  if (key.length >= 16 && key.length <= 64) return key;
  throw new ImportedHashError('is damaged: its result must have 16 to 64 bytes');
}

/** Base64 with or without padding; a dot stands for a plus sign in one of the dialects. */
function decode(text: string): Buffer {
  const standard = text.replaceAll('.', '+').replace(/={1,2}$/, '');
  const bytes = Buffer.from(standard, 'base64');
  // Node overlooks what is no base64, and bits that are left over.
  if (bytes.toString('base64').replace(/=+$/, '') !== standard)
    throw new ImportedHashError('is damaged: salt and result must be base64');
  return bytes;
}
