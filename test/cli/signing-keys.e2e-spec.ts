import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';
import { environmentOf, runCommandLine } from './support/command-line.js';

interface ShownKey {
  readonly kid: string;
  readonly alg: string;
  readonly state: string;
}

describe('the signing keys by command line', () => {
  let server: TestServer;
  let env: NodeJS.ProcessEnv;
  const run = async (args: string[], more: NodeJS.ProcessEnv = {}) => {
    const result = await runCommandLine(['signing-key', ...args], { env: { ...env, ...more } });
    return {
      ...result,
      keys: result.stdout.startsWith('[') ? (JSON.parse(result.stdout) as ShownKey[]) : [],
    };
  };
  const publishedKids = async (): Promise<string[]> => {
    const { body } = await server.request('GET', '/.well-known/jwks.json');
    return body.keys.map(({ kid }: ShownKey) => kid);
  };
  const signingKid = async () => {
    const [header = ''] = (await server.token(server.operator)).split('.');
    return JSON.parse(Buffer.from(header, 'base64url').toString()).kid;
  };
  /** The server learns of what a command did within a second. */
  const signsWith = (kid: string | undefined) =>
    eventually(1_000, async () => assert.equal(await signingKid(), kid));
  before(async () => {
    server = await startServer();
    env = environmentOf(server.database.url);
  });
  after(() => server.close());

  describe('signing-key list', () => {
    it('shows every key and nothing of its private part', async () => {
      const { exitCode, keys, stdout } = await run(['list', '--json']);
      assert.equal(exitCode, 0);
      assert.deepEqual(keys.map(({ kid }) => kid).sort(), (await publishedKids()).sort());
      assert.ok(!/sealed|private|v1\./i.test(stdout));
      const lines = (await run(['list'])).stdout.trimEnd().split('\n');
      assert.match(lines[0] ?? '', /^KID +ALG +STATE +NEXT$/);
      assert.equal(lines.length, keys.length + 1);
    });
  });

  describe('signing-key rotate', () => {
    it('announces a key that the running server publishes at once and does not sign with yet', async () => {
      const before = await signingKid();
      const { exitCode, keys, stderr } = await run(['rotate', 'ES256', '--json']);
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(
        keys.map(({ state }) => state),
        ['pending'],
      );
      assert.match(stderr, /^The announced key can be activated from \S+Z\.\n$/);
      await eventually(1_000, async () =>
        assert.ok((await publishedKids()).includes(keys[0]?.kid as string)),
      );
      assert.equal(await signingKid(), before);
    });

    it('changes nothing when it is run again too soon', async () => {
      const published = await publishedKids();
      const { exitCode, keys } = await run(['rotate', 'ES256', '--json']);
      assert.deepEqual([exitCode, keys], [0, []]);
      assert.deepEqual(await publishedKids(), published);
    });

    it('activates an announced key when its time has come; the one before goes on verifying', async () => {
      const old = await signingKid();
      const token = await server.token(server.operator);
      await server.database.query(`update signing_key set activatable_at = now() where state = 'pending'`);
      const { exitCode, keys, stderr } = await run(['rotate', 'ES256', '--json']);
      assert.deepEqual([exitCode, stderr], [0, '']);
      assert.deepEqual(
        keys.map(({ state }) => state),
        ['active'],
      );
      await signsWith(keys[0]?.kid);
      assert.ok((await publishedKids()).includes(old));
      const { body } = await server.request('POST', '/oauth/introspect', {
        basic: [server.operator.clientId, server.operator.secret],
        form: { token },
      });
      assert.equal(body.active, true);
    });

    it('goes all the way at once where no announcement is asked for, and retires what no token needs', async () => {
      await server.database.query(`update signing_key set retirable_at = now() where state = 'retiring'`);
      const { keys } = await run(['rotate', 'ES256', '--json'], { SIGNING_KEY_ANNOUNCE_SECONDS: '0' });
      assert.deepEqual(
        keys.map(({ state }) => state),
        ['active', 'retired'],
      );
      await signsWith(keys[0]?.kid);
      await eventually(1_000, async () =>
        assert.ok(!(await publishedKids()).includes(keys[1]?.kid as string)),
      );
    });
  });

  describe('signing-key announce, activate and retire', () => {
    it('go the same way step by step', async () => {
      const announced = await run(['announce', 'RS256', '--json'], { SIGNING_KEY_ANNOUNCE_SECONDS: '0' });
      const { kid } = JSON.parse(announced.stdout) as ShownKey;
      // A thumbprint may begin with a hyphen.
      const activated = await run(['activate', '--json', '--', kid]);
      assert.equal(JSON.parse(activated.stdout).state, 'active');
      const retired = await run(['retire', '--', kid]);
      assert.deepEqual([retired.exitCode, retired.stdout], [1, '']);
      assert.equal(retired.stderr, 'The key is active; it must be retiring.\n');
    });

    it('refuse a key that was announced too recently, and one that tokens need', async () => {
      const { kid } = JSON.parse((await run(['announce', 'PS256', '--json'])).stdout) as ShownKey;
      const early = await run(['activate', '--', kid]);
      assert.equal(early.exitCode, 1);
      assert.match(early.stderr, /^The key was announced too recently; it can be activated in \d+ s\.\n$/);
      const [retiring] = await server.database.query(
        `select kid from signing_key where state = 'retiring' and alg = 'RS256'`,
      );
      const needed = await run(['retire', '--', retiring?.['kid']]);
      assert.equal(needed.exitCode, 1);
      assert.match(needed.stderr, /^Tokens of this key may live until \S+Z\.\n$/);
    });

    it('refuse what they do not know', async () => {
      const [algorithm, key] = await Promise.all([
        run(['announce', 'HS256']),
        run(['activate', '--', '-none']),
      ]);
      assert.equal(algorithm.exitCode, 1);
      assert.match(algorithm.stderr, /^The algorithm is not supported\. <alg> must be one of ES256, .*\n$/);
      assert.deepEqual([key.exitCode, key.stderr], [1, 'The signing key does not exist.\n']);
    });
  });

  describe('signing-key rewrap', () => {
    const given = (name: 'MASTER_KEY' | 'SECRET_PEPPER') => env[name] as string;
    const newKey = Buffer.alloc(32, 'a newer master key').toString('base64');

    it('makes the old master key dispensable, and not before', async () => {
      const tooEarly = await run(['list'], { MASTER_KEY: newKey });
      assert.equal(tooEarly.exitCode, 1);
      assert.match(tooEarly.stderr, /^The signing key \S+ cannot be opened\. .*MASTER_KEY/);
      const both = { MASTER_KEY: `${newKey},${given('MASTER_KEY')}` };
      const rewrapped = await run(['rewrap', '--json'], both);
      assert.equal(rewrapped.exitCode, 0, rewrapped.stderr);
      assert.ok(JSON.parse(rewrapped.stdout).rewrapped >= 4);
      assert.equal((await run(['rewrap'], both)).stdout, 'Sealed 0 keys anew.\n');
      assert.equal((await run(['list'], { MASTER_KEY: newKey })).exitCode, 0);
    });

    it('is refused like every command under a pepper that does not belong to the database', async () => {
      const { exitCode, stderr } = await run(['rewrap'], { MASTER_KEY: newKey, SECRET_PEPPER: newKey });
      assert.equal(exitCode, 1);
      assert.match(stderr, /^SECRET_PEPPER is not the one .*\n$/);
    });
  });
});
