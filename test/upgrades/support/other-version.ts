import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Another version of the server, built in a directory of its own. */
export interface OtherVersion {
  /** Its main module. */
  readonly program: string;
  remove(): void;
}

/**
 * Takes a commit out of the repository and builds it with the packages of this version.
 *
 * @throws Error where there is no repository, or it has not got that commit
 */
export function buildVersion(commit: string): OtherVersion {
  if (!existsSync(join(root, '.git')))
    throw new Error('Another version is built from the repository: run this in a git checkout.');
  const directory = mkdtempSync(join(tmpdir(), 'clientele-version-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 1 << 28 });
    execFileSync('tar', ['-x', '-C', directory], { input: archive });
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    execFileSync(process.execPath, ['scripts/build.mjs', '--quiet'], { cwd: directory });
  } catch (error) {
    remove();
    throw new Error(`Version ${commit} cannot be built: is the checkout a shallow one?`, { cause: error });
  }
  return { program: join(directory, 'dist/apps/auth-server/src/main.js'), remove };
}
