// @own-process
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { wireFormat } from '../robustness/support/delivery.js';
import { hostileRequests } from '../robustness/support/hostile-requests.js';
import { plantedSecret } from '../robustness/support/hostile-values.js';
import { describeApi } from '../robustness/support/operations.js';
import { createWorld } from '../robustness/support/world.js';
import { CollectedSecrets } from '../support/collected-secrets.js';
import { dumpOf } from '../support/database-dump.js';
import { sendRaw } from '../support/raw-http.js';
import { startServer, type TestServer } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { secretsIn } from '../support/spellings.js';

const requestsEach = 2;
const seed = 20261121;

describe('after every route was asked, soundly and not, at the log level trace', () => {
  const collected = new CollectedSecrets();
  const refusals: string[] = [];
  let owner: TestServer;
  let server: ServerProcess;
  let metrics: string;
  let asked = 0;
  before(async () => {
    owner = await startServer();
    server = await startServerProcess(owner.database.url, { LOG_LEVEL: 'trace', TRUST_PROXY: '127.0.0.1' });
    const walked = walkedServer();
    const api = await describeApi(walked);
    let world = await createWorld(walked, api);
    for (const operation of api.operations) {
      if (!(await world.isWhole())) world = await createWorld(walked, api);
      const requests = fc.sample(hostileRequests(api, operation), { seed, numRuns: requestsEach });
      for (const request of requests) {
        const bytes = wireFormat(walked, world, operation, request);
        collected.ofRequest(operation.name, bytes);
        const answer = await sendRaw(server.url, bytes);
        collected.ofAnswer(operation.name, answer);
        if (answer.status >= 400) refusals.push(answer.text);
        asked++;
      }
    }
    metrics = (await server.request('GET', '/metrics')).text;
    await server.stop();
    const { masterKeys, secretPeppers } = owner.settings;
    collected.add('the master key', masterKeys[0]?.toString('base64') ?? '');
    collected.add('the pepper', secretPeppers[0]?.toString('base64') ?? '');
    collected.add('the password of the database', new URL(owner.database.url).password);
    collected.add('what hostile requests plant', plantedSecret);
  });
  after(() => owner.close());

  /** The process behind the face of a server under test, whose answers are all looked at. */
  function walkedServer(): TestServer {
    const request: TestServer['request'] = async (method, path, options) => {
      const answer = await server.request(method, path, options);
      collected.ofAnswer(`${method} ${path}`, answer);
      return answer;
    };
    const token: TestServer['token'] = async ({ clientId, secret }) => {
      const form = { grant_type: 'client_credentials' };
      return (await request('POST', '/oauth/token', { basic: [clientId, secret], form })).body.access_token;
    };
    return { ...owner, url: server.url, request, token, operatorToken: () => token(owner.operator) };
  }

  it('there is something to look for (S-01)', () => {
    assert.ok(asked > 120, `${asked} requests`);
    assert.ok(collected.values.size > 40, `${collected.values.size} secrets`);
    assert.ok(collected.values.has('the password of the database (1)'));
  });

  it('no secret is in what the server printed (S-24, S-25, S-27)', () => {
    assert.match(server.output(), /"level":"debug"/);
    assert.deepEqual(secretsIn(server.output(), collected.values), []);
  });

  it('no secret is in the answer of a refused request', () => {
    assert.ok(refusals.length > 30);
    assert.deepEqual(secretsIn(refusals.join('\n'), collected.values), []);
  });

  it('no secret is among the metrics (S-28)', () => {
    assert.deepEqual(secretsIn(metrics, collected.values), []);
  });

  it('no secret is in any table (S-01, S-11, S-32)', async () => {
    // Hostile requests put it into names and descriptions as well, where it is none.
    const secrets = new Map([...collected.values].filter(([, value]) => value !== plantedSecret));
    assert.deepEqual(secretsIn(await dumpOf(owner.database), secrets), []);
  });
});

describe('a start that fails', () => {
  let owner: TestServer;
  before(async () => {
    owner = await startServer();
  });
  after(() => owner.close());

  const key = Buffer.alloc(32, 'the key of a failing start');
  const password = 'password-of-the-failing-start';
  const failures: [what: string, env: (url: URL) => NodeJS.ProcessEnv][] = [
    [
      'a wrong password',
      (url) => ({ DATABASE_URL: Object.assign(url, { username: 'nobody', password }).href }),
    ],
    [
      'a database that is not there',
      (url) => ({ DATABASE_URL: Object.assign(url, { pathname: '/nowhere' }).href }),
    ],
    ['a URL that is none', () => ({ DATABASE_URL: `postgresql://user:${password}@host:port:port/x` })],
    ['another master key', () => ({ MASTER_KEY: key.toString('base64') })],
    ['a master key of the wrong length', () => ({ MASTER_KEY: `${key.toString('base64')}QUFB` })],
    ['another pepper', () => ({ SECRET_PEPPER: key.toString('base64') })],
  ];
  for (const [what, env] of failures) {
    it(`prints no secret: ${what} (S-26)`, async () => {
      const settings = { LOG_LEVEL: 'trace', ...env(new URL(owner.database.url)) };
      const { message } = await startServerProcess(owner.database.url, settings).then(
        async (server) => assert.fail(`It starts: ${await server.stop()}`),
        (error: Error) => error,
      );
      assert.ok(message.length > 20, message);
      const { masterKeys, secretPeppers } = owner.settings;
      const secrets = new Map([
        ['the password given', password],
        ['the password', new URL(owner.database.url).password],
        ['the key', key.toString('base64')],
        ...[...masterKeys, ...secretPeppers].map((each): [string, string] => [
          'a key',
          each.toString('base64'),
        ]),
      ]);
      assert.deepEqual(secretsIn(message, secrets), [], message);
    });
  }
});
