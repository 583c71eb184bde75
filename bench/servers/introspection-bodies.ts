import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes the bodies of introspection requests, one a line. @returns the file */
export async function writeBodies(
  directory: string,
  tokens: readonly string[],
  clientId: string,
  secret: string,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'introspection-bodies');
  const client = { client_id: clientId, client_secret: secret };
  // Every connection needs one of its own.
  const enough = tokens.length > 1 ? tokens : Array.from({ length: 1_000 }, () => tokens[0] as string);
  const bodies = enough.map((token) => new URLSearchParams({ ...client, token }).toString());
  await writeFile(file, bodies.join('\n'));
  return file;
}
