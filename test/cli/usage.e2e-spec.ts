import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { commands } from '#app/cli/commands';
import { generateSecret } from '#libs/credentials';
import { environmentOf, spawnCommandLine } from './support/command-line.js';

describe('the command line', () => {
  describe('--help', () => {
    it('lists every command, and the options of one', async () => {
      const list = await spawnCommandLine(['--help']);
      assert.equal(list.exitCode, 0);
      const names = [...list.stdout.matchAll(/^ {2}(\S+ \S+) {2}/gm)].map(([, name]) => name as string);
      assert.deepEqual(
        names,
        commands.map(({ name }) => name),
      );
      const one = await spawnCommandLine(['client', 'create', '--help']);
      assert.equal(one.exitCode, 0);
      assert.match(one.stdout, /^Usage: npm run cli -- client create <customerId> <clientId> \[options\]$/m);
      for (const option of ['grant-type', 'auth-method', 'scope', 'role', 'json'])
        assert.match(one.stdout, new RegExp(`^  --${option}\\b.*\\.$`, 'm'));
    });
  });

  describe('exit status 2', () => {
    const misunderstood: readonly (readonly [args: string[], complaint: RegExp])[] = [
      [[], /^A command is missing\.$/m],
      [['client'], /^A command is missing behind client\.$/m],
      [['client', 'destroy'], /^There is no such command\.$/m],
      [['client', 'create', 'ABC'], /^<clientId> is missing\.$/m],
      [['client', 'create', 'ABC', 'one', 'two'], /^There are too many arguments\.$/m],
      [['client', 'create', 'ABC', 'one', '--colour=red'], /^Unknown option '--colour'\./m],
      [['client', 'create', 'ABC', 'one', '--role', '=tenant1'], /^--role must be ROLE or /m],
      [['audit', 'export'], /^Give either a <customerId> or --server\.$/m],
      [['audit', 'export', '--server', '--format', 'xml'], /^--format must be jsonl or csv\.$/m],
    ];
    for (const [args, complaint] of misunderstood)
      it(`says what is wrong with "${args.join(' ')}" and where to read on`, async () => {
        const { exitCode, stdout, stderr } = await spawnCommandLine(args);
        assert.equal(exitCode, 2);
        assert.equal(stdout, '');
        assert.match(stderr, complaint);
        assert.match(stderr, /--help tells what there is\.$/m);
      });
  });

  describe('exit status 1', () => {
    let directory: string;
    before(() => {
      directory = mkdtempSync(join(tmpdir(), 'clientele-cli-'));
    });
    after(() => rmSync(directory, { recursive: true, force: true }));

    it('in a directory without a database, and begins none there', async () => {
      const dataDir = join(directory, 'none');
      const { exitCode, stdout, stderr } = await spawnCommandLine(['signing-key', 'list'], {
        env: { DATA_DIR: dataDir },
      });
      assert.equal(exitCode, 1);
      assert.equal(stdout, '');
      assert.match(stderr, /^DATA_DIR ".*none" holds no database\. .*\n$/);
      assert.equal(existsSync(dataDir), false);
    });

    it('for a bad environment, in one line', async () => {
      const { exitCode, stderr } = await spawnCommandLine(['signing-key', 'list'], { env: { PORT: 'x' } });
      assert.equal(exitCode, 1);
      assert.equal(stderr, 'PORT "x" must be a whole number from 0 to 65535.\n');
    });

    it('for a database that cannot be reached, without its password', async () => {
      const { exitCode, stderr } = await spawnCommandLine(['signing-key', 'list'], {
        env: environmentOf('postgresql://someone:hunter22@127.0.0.1:1/nothing'),
      });
      assert.equal(exitCode, 1);
      assert.equal(stderr, 'The database cannot be reached.\n');
    });
  });

  it('needs no database to tell how it is used, and leaves nothing behind', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'clientele-cli-'));
    const { exitCode } = await spawnCommandLine(['--help'], { env: { DATA_DIR: directory } });
    assert.equal(exitCode, 0);
    assert.deepEqual(readdirSync(directory), []);
    rmSync(directory, { recursive: true });
  });
});

describe('secret check', () => {
  const secret = generateSecret();
  const other = generateSecret();
  const mistyped = `${secret.slice(0, 10)}${secret[10] === 'a' ? 'b' : 'a'}${secret.slice(11)}`;

  it('tells a whole secret, as an argument or on standard input, and never prints it', async () => {
    for (const [args, input] of [
      [[secret], ''],
      [['-'], `${secret}\n`],
      [[], secret],
    ] as const) {
      const { exitCode, stdout, stderr } = await spawnCommandLine(['secret', 'check', ...args], { input });
      assert.equal(exitCode, 0);
      assert.equal(stdout, 'The secret is well-formed: its checksum is right.\n');
      assert.equal(stderr, '');
    }
  });

  it('fails for a mistyped one and for what is none, without repeating it', async () => {
    const wrong = await spawnCommandLine(['secret', 'check', mistyped]);
    assert.equal(wrong.exitCode, 1);
    assert.match(wrong.stderr, /its checksum is wrong/);
    assert.ok(!wrong.stderr.includes(mistyped));
    const none = await spawnCommandLine(['secret', 'check', '-'], { input: 'correct horse' });
    assert.equal(none.exitCode, 1);
    assert.match(none.stderr, /^This is not a whole generated secret/);
    assert.ok(!none.stderr.includes('horse'));
  });

  describe('--scan', () => {
    let directory: string;
    before(() => {
      directory = mkdtempSync(join(tmpdir(), 'clientele-scan-'));
      mkdirSync(join(directory, 'src'));
      mkdirSync(join(directory, '.git'));
      writeFileSync(join(directory, 'README'), `export SECRET=${mistyped}\nexport LONGER=${secret}0\n`);
      writeFileSync(join(directory, '.git', 'packed'), secret);
    });
    after(() => rmSync(directory, { recursive: true, force: true }));
    const run = () => spawnCommandLine(['secret', 'check', '--scan', directory]);

    it('passes over what has no right checksum, or is part of a longer word', async () => {
      assert.deepEqual(await run(), { exitCode: 0, stdout: 'There is no secret.\n', stderr: '' });
    });

    it('names file and line of each secret and never prints it', async () => {
      const path = join(directory, 'src', 'settings.ts');
      writeFileSync(path, `const a = 1;\r\nconst b = "${secret}"; // ${other}\n`);
      const { exitCode, stdout, stderr } = await run();
      const lineOf = (found: string) => `${path}:2: cls_…${found.slice(-4)}\n`;
      assert.equal(stdout, lineOf(secret) + lineOf(other));
      assert.deepEqual([exitCode, stderr], [1, 'There are 2 secrets.\n']);
    });

    it('fails for a path that is not there', async () => {
      const { exitCode, stderr } = await spawnCommandLine([
        'secret',
        'check',
        '--scan',
        join(directory, 'none'),
      ]);
      assert.equal(exitCode, 1);
      assert.match(stderr, /none cannot be read \(ENOENT\)\.$/m);
    });
  });
});
