import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { findSecrets, hintOf } from '#libs/credentials';
import { CommandError } from '../command-error.js';
import { isFileError } from '../output-file.js';

const passedOver = new Set(['.git', 'node_modules']);

/** A generated secret in a file, as far as it may be shown. */
export interface FoundSecret {
  readonly path: string;
  readonly line: number;
  readonly hint: string;
}

/**
 * Yields the generated secrets in a file, or in all files below a directory, except below .git and node_modules.
 * Links are not followed.
 *
 * @throws CommandError for what cannot be read
 */
export async function* scan(path: string): AsyncGenerator<FoundSecret> {
  try {
    const found = await lstat(path);
    if (found.isFile()) yield* scanFile(path);
    if (!found.isDirectory()) return;
    for (const name of (await readdir(path)).sort()) if (!passedOver.has(name)) yield* scan(join(path, name));
  } catch (error) {
    if (isFileError(error)) throw new CommandError(`${error.path ?? path} cannot be read (${error.code}).`);
    throw error;
  }
}

async function* scanFile(path: string): AsyncGenerator<FoundSecret> {
  const input = createReadStream(path, 'latin1');
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    for (const secret of findSecrets(text)) yield { path, line, hint: hintOf(secret) };
  }
}
