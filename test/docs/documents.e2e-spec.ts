import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { readAuth0 } from '#app/cli/import/auth0';
import { readCsv } from '#app/cli/import/csv';
import { readHydra } from '#app/cli/import/hydra';
import { readKeycloak } from '#app/cli/import/keycloak';
import { systemRoles } from '#libs/access';
import { secretPattern } from '#libs/credentials';
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

  it('publish the form of a generated secret as it is', () => {
    assert.ok(read('docs/secret-format.md').includes(`\n${secretPattern.source}\n`));
  });

  it('have examples of an import that is understood', () => {
    const examples = [...read('docs/import.md').matchAll(/```(json|csv)\n(.*?)```/gs)].map(
      ([, , text]) => text as string,
    );
    assert.equal(examples.length, 4);
    const [keycloak, hydra, auth0, csv] = examples as [string, string, string, string];
    const sources = [
      readKeycloak(JSON.parse(keycloak)),
      readHydra(JSON.parse(hydra)),
      readAuth0(JSON.parse(auth0)),
      readCsv(csv),
    ];
    assert.deepEqual(
      sources.map((source) => [source?.clients.length, source?.skipped.length, source?.issues.length]),
      [
        [1, 1, 0],
        [1, 0, 0],
        [1, 0, 0],
        [2, 0, 0],
      ],
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
