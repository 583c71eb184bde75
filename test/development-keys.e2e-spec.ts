import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { EnvironmentError, parseEnvironment, withDevelopmentKeys } from '#app/environment';

const scratch = mkdtempSync(join(tmpdir(), 'clientele-keys-'));
let directories = 0;

/** A data directory that does not exist yet. */
const freshDataDir = () => join(scratch, `data-${++directories}`);

const bothKeys = ({ MASTER_KEY, SECRET_PEPPER }: NodeJS.ProcessEnv) => ({ MASTER_KEY, SECRET_PEPPER });

function refusal(env: NodeJS.ProcessEnv): string {
  try {
    withDevelopmentKeys(env);
  } catch (error) {
    assert.ok(error instanceof EnvironmentError, String(error));
    return error.message;
  }
  return assert.fail('accepted');
}

describe('the keys of the embedded mode', () => {
  after(() => rmSync(scratch, { recursive: true, force: true }));

  it('are made at the first start and are the same ever after', () => {
    const env = { DATA_DIR: freshDataDir() };
    const first = withDevelopmentKeys(env);
    assert.deepEqual(bothKeys(withDevelopmentKeys(env)), bothKeys(first));
    assert.notEqual(first.MASTER_KEY, first.SECRET_PEPPER);
    assert.equal(parseEnvironment(first).masterKeys[0]?.length, 32);
  });

  it('lie in files that only their owner may read, and leave nothing else behind', () => {
    const env = { DATA_DIR: freshDataDir() };
    withDevelopmentKeys(env);
    assert.deepEqual(readdirSync(env.DATA_DIR).sort(), ['master.key', 'secret-pepper.key']);
    for (const name of readdirSync(env.DATA_DIR))
      assert.equal(statSync(join(env.DATA_DIR, name)).mode & 0o777, 0o600);
  });

  it('are the same for processes that start at the same moment', async () => {
    const program = `import('#app/environment').then(({ withDevelopmentKeys }) => {
      const { MASTER_KEY, SECRET_PEPPER } = withDevelopmentKeys(process.env);
      console.log(MASTER_KEY, SECRET_PEPPER);
    })`;
    const env = { ...process.env, DATA_DIR: freshDataDir() };
    const starts = Array.from({ length: 5 }, () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env }),
    );
    const printed = (await Promise.all(starts)).map(({ stdout }) => stdout);
    assert.equal(new Set(printed).size, 1, printed.join(''));
    assert.match(printed[0] ?? '', /^\S{44} \S{44}\n$/);
  });

  it('give way to the keys that the operator gives', () => {
    const given = randomBytes(32).toString('base64');
    const env = { DATA_DIR: freshDataDir(), MASTER_KEY: given };
    assert.equal(withDevelopmentKeys(env).MASTER_KEY, given);
    assert.deepEqual(readdirSync(env.DATA_DIR), ['secret-pepper.key']);
  });

  it('are not made for a server of the operator', () => {
    const env = { DATA_DIR: freshDataDir(), DATABASE_URL: 'postgres://u:p@host/db' };
    assert.match(refusal(env), /MASTER_KEY must be given with DATABASE_URL/);
    assert.equal(existsSync(env.DATA_DIR), false);
  });

  it('are not made while anything else is wrong', () => {
    const env = { DATA_DIR: freshDataDir(), PORT: 'x' };
    assert.match(refusal(env), /PORT "x" must be/);
    assert.equal(existsSync(env.DATA_DIR), false);
  });

  for (const trace of ['cluster', 'postgres-location'])
    it(`are never made anew for an existing database (${trace})`, () => {
      const env = { DATA_DIR: freshDataDir() };
      withDevelopmentKeys(env);
      mkdirSync(join(env.DATA_DIR, trace));
      assert.ok(withDevelopmentKeys(env).MASTER_KEY);
      rmSync(join(env.DATA_DIR, 'master.key'));
      assert.match(refusal(env), /MASTER_KEY is needed: there is a database .* Bring the file back/);
      assert.deepEqual(readdirSync(env.DATA_DIR).sort(), [trace, 'secret-pepper.key'].sort());
    });

  it('are refused when their file is damaged', () => {
    const env = { DATA_DIR: freshDataDir() };
    withDevelopmentKeys(env);
    truncateSync(join(env.DATA_DIR, 'secret-pepper.key'), 20);
    assert.match(refusal(env), /SECRET_PEPPER is read from .*secret-pepper\.key, which does not hold/);
  });

  it('are refused with the reason when the data directory cannot be made', () => {
    assert.match(refusal({ DATA_DIR: '/dev/null/data' }), /DATA_DIR cannot take the keys: E/);
  });
});
