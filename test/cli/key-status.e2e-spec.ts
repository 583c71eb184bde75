import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AuditCheckpoints } from '#libs/audit';
import { createClient, createOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { testSettings } from '../support/settings.js';
import { environmentOf, runCommandLine } from './support/command-line.js';

const newKey = Buffer.alloc(32, 'another key').toString('base64');

interface Need {
  readonly variable: string;
  readonly key: string;
  readonly state: string;
  readonly kind: string | null;
  readonly count: number;
}

describe('key status', () => {
  let server: TestServer;
  let env: NodeJS.ProcessEnv;
  let client: TestClient;
  before(async () => {
    server = await startServer();
    const { customerId, token } = await createOrganization(server);
    client = await createClient(server, customerId, token);
    await server.request('POST', `/oauth/customers/${customerId}/webhooks`, {
      token,
      json: { url: 'http://127.0.0.1:9/' },
    });
    await server.app.get(AuditCheckpoints, { strict: false }).sealAll();
    env = environmentOf(server.database.url);
  });
  after(() => server.close());

  const both = () => ({
    ...env,
    MASTER_KEY: `${newKey},${env['MASTER_KEY']}`,
    SECRET_PEPPER: `${newKey},${env['SECRET_PEPPER']}`,
  });
  const needs = async (variable: string, given = both()) => {
    const { exitCode, stdout, stderr } = await runCommandLine(['key', 'status', '--json'], { env: given });
    assert.equal(exitCode, 0, stderr);
    for (const secret of [newKey, env['MASTER_KEY'], env['SECRET_PEPPER']])
      assert.ok(!stdout.includes(secret as string));
    return (JSON.parse(stdout) as Need[])
      .filter((need) => need.variable === variable)
      .map(({ state, kind, count }) => [state, kind, count]);
  };

  it('counts what needs the old master key, and says when nothing does (S-36)', async () => {
    const lasting = [
      ['audit_key', 1],
      ['signing_key', 4],
      ['webhook_secret', 1],
    ];
    assert.deepEqual(await needs('MASTER_KEY'), [
      ['current', null, 0],
      ...lasting.map((one) => ['old', ...one]),
    ]);

    assert.equal((await runCommandLine(['signing-key', 'rewrap'], { env: both() })).exitCode, 0);
    assert.deepEqual(await needs('MASTER_KEY'), [
      ...lasting.map((one) => ['current', ...one]),
      ['old', null, 0],
    ]);
    const { stdout, stderr } = await runCommandLine(['key', 'status'], { env: both() });
    assert.match(stdout, /^VARIABLE +KEY +STATE +WHAT NEEDS IT +COUNT$/m);
    assert.match(stderr, /^Nothing needs [0-9a-f]{8} any more: take it out of MASTER_KEY\.$/m);
  });

  it('counts the secrets that need the old pepper, one less with each that is used (S-36)', async () => {
    const [, [, , before]] = (await needs('SECRET_PEPPER')) as [unknown, [string, string, number]];
    const { secretPeppers } = testSettings();
    const rotating = await startServer({
      sharing: server,
      settings: {
        masterKeys: [Buffer.from(newKey, 'base64')],
        secretPeppers: [Buffer.from(newKey, 'base64'), ...secretPeppers],
      },
    });
    await rotating.token(client);
    await rotating.close();
    assert.deepEqual(await needs('SECRET_PEPPER'), [
      ['current', 'secret', 1],
      ['old', 'secret', before - 1],
    ]);
  });
});
