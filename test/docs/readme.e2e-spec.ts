// @own-process
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, repositoryRoot, ServerProcess } from './support/server-process.js';

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block as string);

/** What continuous integration does with every clone, and this test by starting the same program. */
const startAndTest = ['npm ci && npm start\n', 'npm ci && npm test\n'];
const walkthrough = blocks.filter((block) => !startAndTest.includes(block)).join('\n');

/** What the README says that the commands print, with `…` for whatever differs. */
const expectedLines = [...walkthrough.matchAll(/^#> (.*)$/gm)].map(([, line]) => line as string);

function matches(actual: string, expected: string): boolean {
  const pattern = expected.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`).test(actual);
}

describe('README.md', () => {
  let dataDir: string;
  let standIns: string;
  let port: number;
  let server: ServerProcess;
  const start = () => ServerProcess.start({ DATA_DIR: dataDir, PORT: String(port) });
  /** Pastes all of it into one shell, which ends at the first command that fails. */
  const paste = async (): Promise<string[]> => {
    const script = walkthrough.replaceAll('localhost:3000', `localhost:${port}`);
    const env = { PATH: `${process.env['PATH']}:${standIns}`, HOME: process.env['HOME'], DATA_DIR: dataDir };
    const { stdout } = await promisify(execFile)('sh', ['-euc', script], { cwd: repositoryRoot, env });
    return stdout.trimEnd().split('\n');
  };
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'clientele-readme-'));
    standIns = mkdtempSync(join(tmpdir(), 'clientele-bin-'));
    const curl = fileURLToPath(new URL('./support/curl.js', import.meta.url));
    // Last in the path: a real curl comes first, where there is one.
    writeFileSync(join(standIns, 'curl'), `#!/bin/sh\nexec "${process.execPath}" "${curl}" "$@"\n`, {
      mode: 0o755,
    });
    port = await freePort();
    server = await start();
  });
  after(async () => {
    await server?.stop();
    for (const directory of [dataDir, standIns]) rmSync(directory, { recursive: true, force: true });
  });

  it('has its two commands, and package.json what they run', () => {
    for (const command of startAndTest) assert.ok(blocks.includes(command), command);
    const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
    assert.match(scripts.start, /^node .*dist\/apps\/auth-server\/src\/main\.js$/);
    assert.ok(scripts.prestart && scripts.test);
  });

  it('shows what the server prints at its first start', () => {
    assert.match(server.output, /client id +operator\n +client secret +cls_/);
  });

  for (const when of ['after the first start', 'again after a restart'])
    it(`does what it says when its first five minutes are pasted ${when}`, async () => {
      if (when !== 'after the first start') {
        assert.equal(await server.stop(), 0, server.output);
        server = await start();
      }
      const lines = await paste();
      assert.ok(expectedLines.length >= 6);
      assert.equal(lines.length, expectedLines.length, lines.join('\n'));
      for (const [index, expected] of expectedLines.entries())
        assert.ok(matches(lines[index] ?? '', expected), `${expected}\nis not\n${lines[index]}`);
    });

  it('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path as string);
    assert.ok(links.length >= 8);
    for (const path of links) assert.ok(existsSync(join(repositoryRoot, path)), path);
  });
});
