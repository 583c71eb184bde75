import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError } from './command-error.js';

/**
 * Writes a file that appears when it is complete, readable for its owner alone: half of it must not look like the
 * whole.
 *
 * @throws CommandError when it cannot be written
 */
export async function writeWhole(content: Readable, path: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await pipeline(content, createWriteStream(partial, { mode: 0o600, flags: 'wx' }));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    if (isFileError(error)) throw new CommandError(`${path} cannot be written (${error.code}).`);
    throw error;
  }
}

/** Whether it is the system's word on a file. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}
