// @own-process
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { templateOperatorSecret } from '../support/template.js';

interface LogLine {
  readonly worker?: number;
  readonly pid?: number;
  readonly msg: string;
  readonly route?: string;
  readonly status?: number;
}

/** Asks on connections of their own, so that they reach one worker after the other. */
const fresh = { headers: { connection: 'close' } };

describe('a server with WORKERS=2', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  before(async () => {
    database = await cloneDatabase();
    server = await startServerProcess(database.url, { WORKERS: '2' });
    await until(
      'both listen',
      () => workersOf(logOf(server).filter(({ msg }) => msg === 'listening')).size === 2,
    );
  });
  after(async () => {
    await server.stop();
    await database.drop();
  });

  const getToken = () =>
    server.request('POST', '/oauth/token', {
      ...fresh,
      basic: ['operator', templateOperatorSecret],
      form: { grant_type: 'client_credentials' },
    });
  const getTokens = async (count: number) => {
    const answers = [];
    for (let i = 0; i < count; i++) answers.push(await getToken());
    return answers;
  };

  it('shares the port among them', async () => {
    const answers = await getTokens(10);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    const ofTokens = () => logOf(server).filter(({ route }) => route === '/oauth/token');
    await until('both have answered', () => workersOf(ofTokens()).size === 2);
  });

  it('takes a token that one of them made, and refuses it everywhere once it is revoked', async () => {
    const [token] = (await getTokens(1)).map(({ body }) => body.access_token as string);
    const look = async () => {
      const statuses = [];
      for (let i = 0; i < 6; i++)
        statuses.push(
          (await server.request('GET', '/oauth/customers', { ...fresh, token: token ?? '' })).status,
        );
      return new Set(statuses);
    };
    assert.deepEqual(await look(), new Set([200]));
    const revoked = await server.request('POST', '/oauth/revoke', {
      basic: ['operator', templateOperatorSecret],
      form: { token: token ?? '' },
    });
    assert.equal(revoked.status, 200);
    await wait(1_000);
    assert.deepEqual(await look(), new Set([401]));
  });

  it('adds up the figures of all', async () => {
    const before = await answeredTokens(server);
    await getTokens(6);
    await until('all are counted', async () => (await answeredTokens(server)) === before + 6);
  });

  it('replaces one that dies, and goes on serving', async () => {
    const victim = logOf(server).find(({ msg }) => msg === 'listening')?.pid;
    process.kill(victim as number, 'SIGKILL');
    await until('it is missed', () =>
      logOf(server).some(({ msg }) => msg === 'a worker ended and is replaced'),
    );
    await until(
      'another one listens',
      () => workersOf(logOf(server).filter(({ msg }) => msg === 'listening')).size === 3,
    );
    const answers = await getTokens(6);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  });

  it('ends with all of them on SIGTERM', async () => {
    assert.equal(await server.stop(), 0);
    const query =
      'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
    await until('their connections are gone', async () => (await database.query(query)).length === 0);
  });
});

describe('a server with WORKERS=2 that cannot start', () => {
  it('says why, once, and ends', async () => {
    const database = await cloneDatabase();
    try {
      const otherKey = Buffer.alloc(32, 'another').toString('base64');
      const started = startServerProcess(database.url, { WORKERS: '2', SECRET_PEPPER: otherKey });
      const message = await started.then(
        () => assert.fail('it started'),
        (error: Error) => error.message,
      );
      assert.equal(message.match(/SECRET_PEPPER/g)?.length, 1, message);
    } finally {
      await database.drop();
    }
  });
});

function logOf(server: ServerProcess): LogLine[] {
  return server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

function workersOf(lines: readonly LogLine[]): Set<number | undefined> {
  return new Set(lines.map(({ worker }) => worker));
}

/** How many token requests were answered, by the figures. */
async function answeredTokens(server: ServerProcess): Promise<number> {
  const { text } = await server.request('GET', '/metrics', fresh);
  const lines = text.split('\n').filter((line) => line.startsWith('http_requests_total'));
  const ofTokens = lines.filter(
    (line) => line.includes('route="/oauth/token"') && line.includes('status="200"'),
  );
  return ofTokens.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(20_000, async () => assert.ok(await isSo(), `It does not happen that ${what}.`));
}
