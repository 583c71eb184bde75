import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const lock = read('package-lock.json') as { packages: Readonly<Record<string, LockedPackage>> };
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

describe('the lock file', () => {
  it('holds a SHA-512 for every package', () => {
    assert.ok(locked.length > 500);
    for (const [path, { integrity }] of locked)
      assert.match(integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, path);
  });

  it('takes every package from the registry by its version: no git, no files, no other host', () => {
    for (const [path, { version, resolved, link }] of locked) {
      assert.match(version ?? '', /^\d+\.\d+\.\d+/, path);
      assert.equal(link, undefined, path);
      if (resolved !== undefined) assert.match(resolved, /^https:\/\/registry\.npmjs\.org\//, path);
    }
  });

  it('is that of package.json, whose dependencies are versions too', () => {
    const declared = read('package.json') as LockedPackage;
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) {
      assert.deepEqual(lock.packages['']?.[kind], declared[kind]);
      for (const [name, range] of Object.entries(declared[kind] ?? {}))
        assert.match(range, /^\^?\d+\.\d+\.\d+[\w.-]*$/, name);
    }
  });
});
