import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataDirectoryUnusable } from './embedded-postgres-error.js';

/**
 * A directory of ours that every user of the machine can enter, for what PostgreSQL could not reach
 * where it lies (a project under /root, which is 0700).
 *
 * @param lasting false for what may be swept away by the system's cleaning of temporary files
 * @throws EmbeddedPostgresError `data_directory_unusable` when there is no such place
 */
export function reachableDirectory(lasting: boolean): string {
  const candidates = listCandidates(lasting);
  for (const directory of candidates) {
    try {
      mkdirSync(directory, { recursive: true });
      if (isOursAlone(directory)) {
        chmodSync(directory, 0o755);
        return directory;
      }
    } catch {
      // A read-only or missing parent: the next candidate may do.
    }
  }
  throw dataDirectoryUnusable(
    candidates.join(', '),
    'none of these places, which other users can reach, can be written to safely',
  );
}

/** Whether nobody else could have put something of theirs there: these are paths anybody can guess. */
export function isOursAlone(path: string): boolean {
  const { uid, mode } = lstatSync(path);
  return uid === (process.getuid?.() ?? uid) && (mode & 0o022) === 0 && !lstatSync(path).isSymbolicLink();
}

function listCandidates(lasting: boolean): string[] {
  const uid = process.getuid?.() ?? 0;
  const temporary = [`/var/tmp/clientele-${uid}`, join(tmpdir(), `clientele-${uid}`)];
  return lasting && uid === 0 ? ['/var/lib/clientele', ...temporary] : temporary;
}
