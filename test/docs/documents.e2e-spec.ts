import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { systemRoles } from '#libs/access';
import { repositoryRoot } from './support/server-process.js';

const read = (file: string) => readFileSync(join(repositoryRoot, file), 'utf8');
const markdown = (folder: string) =>
  readdirSync(join(repositoryRoot, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const documents = [...markdown('.'), ...markdown('docs'), ...markdown('docs/decisions')];

describe('the documents', () => {
  it('link to files that exist', () => {
    let links = 0;
    for (const document of documents)
      for (const [, path] of read(document).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
        links++;
        assert.ok(
          existsSync(join(repositoryRoot, dirname(document), path as string)),
          `${document}: ${path}`,
        );
      }
    assert.ok(links >= 12);
  });

  for (const script of ['configuration-table', 'architecture-picture'])
    it(`hold what scripts/${script}.mjs writes`, async () => {
      const path = join(repositoryRoot, 'scripts', `${script}.mjs`);
      await promisify(execFile)(process.execPath, [path, '--check'], { cwd: repositoryRoot });
    });

  it('name every file of the story of a token request as it is', () => {
    const architecture = read('ARCHITECTURE.md');
    const paths = [...architecture.matchAll(/`([\w./-]+\.(?:ts|cjs|mjs))`/g)].map(
      ([, path]) => path as string,
    );
    const places = ['', 'apps/auth-server/src', 'libs/credentials/src', 'libs/tokens/src'];
    assert.ok(paths.length > 20);
    for (const path of paths)
      assert.ok(
        places.some((place) => existsSync(join(repositoryRoot, place, path))),
        path,
      );
  });

  it('tell of every system role', () => {
    const tenancy = read('docs/tenancy-and-roles.md');
    const native = [...systemRoles.keys()].filter((name) => name.startsWith('ROLE_'));
    assert.ok(native.length >= 7);
    for (const name of native) assert.ok(tenancy.includes(`\`${name}\``), name);
  });

  it('number the decisions without a gap, each with its four parts', () => {
    const decisions = markdown('docs/decisions').sort();
    assert.ok(decisions.length >= 9);
    for (const [index, file] of decisions.entries()) {
      assert.match(file, new RegExp(`/${String(index + 1).padStart(4, '0')}-`));
      const parts = [...read(file).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
      assert.deepEqual(parts, ['Context', 'Decision', 'Consequences', 'Alternatives not taken'], file);
    }
  });
});
