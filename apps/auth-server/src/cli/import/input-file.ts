import { readFile, stat } from 'node:fs/promises';
import { CommandError } from '../command-error.js';
import { isFileError } from '../output-file.js';

const mostMebibytes = 256;

/**
 * Reads a file of text, in UTF-8 or, as its byte order mark says, UTF-16.
 *
 * @throws CommandError for one that cannot be read, is no text or is too large to be held in memory
 */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await readBytes(path);
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(`${path} is no text in UTF-8.`);
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > mostMebibytes * 1024 * 1024)
      throw new CommandError(`${path} has more than ${mostMebibytes} MiB. Import it in parts.`);
    return await readFile(path);
  } catch (error) {
    if (isFileError(error)) throw new CommandError(`${path} cannot be read (${error.code}).`);
    throw error;
  }
}

/**
 * Parses JSON of a file.
 *
 * @throws CommandError that tells where, and repeats nothing: the file is full of secrets
 */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length;
    throw new CommandError(`${path} is no JSON${line === undefined ? '' : `: see line ${line}`}.`);
  }
}
