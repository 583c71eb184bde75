import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { Rewraps } from '../secrets/support/rewraps.js';
import { startServer, type TestServer } from '../support/server.js';
import { testSettings } from '../support/settings.js';
import { commandLineProgram, environmentOf, runCommandLine } from './support/command-line.js';

const [oldKey] = testSettings().masterKeys as [Buffer];
const newKey = Buffer.alloc(32, 'another master key');

describe('a rewrap that is killed in the middle', () => {
  let server: TestServer;
  let rewraps: Rewraps;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    server = await startServer();
    rewraps = await Rewraps.arrange(server);
    const masterKeys = [newKey, oldKey].map((key) => key.toString('base64')).join(',');
    env = { ...environmentOf(server.database.url), MASTER_KEY: masterKeys };
  });
  after(() => server.close());

  it('is finished by a second run, which does the rest alone, each value once (S-36)', async () => {
    const before = await rewraps.contents(oldKey);
    const { PATH, HOME } = process.env;
    const first = spawn(process.execPath, [commandLineProgram, 'signing-key', 'rewrap'], {
      env: { PATH, HOME, ...env },
      stdio: 'ignore',
    });
    await rewraps.untilUnderWay(60_000);
    first.kill('SIGKILL');
    assert.deepEqual(await once(first, 'exit'), [null, 'SIGKILL']);
    const done = await rewraps.settled();

    const second = await runCommandLine(['signing-key', 'rewrap', '--json'], { env });
    assert.equal(second.exitCode, 0, second.stderr);
    assert.equal(JSON.parse(second.stdout).rewrapped, rewraps.expected - done);
    await rewraps.mustBeComplete(newKey, before);

    const newAlone = { ...env, MASTER_KEY: newKey.toString('base64') };
    const verified = await runCommandLine(['audit', 'verify'], { env: newAlone });
    assert.equal(verified.exitCode, 0, verified.stderr);
  });
});
