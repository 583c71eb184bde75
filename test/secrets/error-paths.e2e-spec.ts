import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createOrganization, uniqueName } from '../support/fixtures.js';
import { rawRequest, sendRaw } from '../support/raw-http.js';
import { startServer, type TestServer } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

/** Throws, once on each of two signals, an error that carries what those of libraries carry. */
const saboteur = `
  const sabotage = () => Object.assign(new Error('sabotaged'), {
    parameters: ['parameter-of-an-error'], request: { body: 'body-of-an-error' }, env: process.env });
  process.on('SIGUSR2', () => { throw sabotage(); });
  process.on('SIGHUP', () => { void Promise.reject(sabotage()); });`;
/** Encoded, so that the places in the stack do not show what must not be shown. */
const saboteurUrl = `data:text/javascript;base64,${Buffer.from(saboteur).toString('base64')}`;

describe('what goes wrong inside', () => {
  let owner: TestServer;
  let customerId: string;
  let token: string;
  before(async () => {
    owner = await startServer();
    ({ customerId, token } = await createOrganization(owner));
    await owner.database.query(
      `create function refuse() returns trigger language plpgsql as
       $$ begin raise exception 'row of sabotage: %', new using detail = 'detail of sabotage: ' || new.hash; end $$`,
    );
  });
  after(() => owner.close());

  const body = () => ({
    clientId: uniqueName('client'),
    authorizedGrantTypes: ['client_credentials'],
    clientAuthenticationMethods: ['client_secret_basic'],
    clientSecret: 'a secret of the error path',
  });

  it('a failing statement leaves neither its parameters nor its row in log and answer (S-25)', async () => {
    const server = await startServerProcess(owner.database.url, { LOG_LEVEL: 'trace' });
    try {
      await owner.database.query(
        'create trigger refuse before insert on credential for each row execute function refuse()',
      );
      const answer = await server.request('POST', `/oauth/customers/${customerId}/clients`, {
        token,
        json: [body()],
      });
      assert.equal(answer.status, 500);
      assert.doesNotMatch(answer.text, /sabotage|hmac|insert|credential|SQL|P0001/i);
    } finally {
      await owner.database.query('drop trigger if exists refuse on credential');
      await server.stop();
    }
    assert.match(server.output(), /SQLSTATE P0001/, 'the operator learns of it');
    assert.doesNotMatch(server.output(), /sabotage|hmac-sha256\$|secret of the error path/);
  });

  for (const signal of ['SIGUSR2', 'SIGHUP'] as const) {
    it(`a fault that nobody caught ends the process and writes no dump (${signal}) (S-26)`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'clientele-fault-'));
      try {
        const server = await startServerProcess(
          owner.database.url,
          { NODE_OPTIONS: `--import ${saboteurUrl}` },
          { cwd: directory },
        );
        server.signal(signal);
        assert.notEqual(await server.ended(), 0);
        const output = server.output();
        assert.match(output, /"msg":"uncaught fault"/);
        assert.match(output, /sabotaged/);
        assert.doesNotMatch(output, /-of-an-error|MASTER_KEY|postgres(ql)?:/);
        assert.deepEqual(await readdir(directory), []);
      } finally {
        await rm(directory, { recursive: true });
      }
    });
  }
});

describe('the log', () => {
  let owner: TestServer;
  let server: ServerProcess;
  before(async () => {
    owner = await startServer();
    server = await startServerProcess(owner.database.url, { LOG_LEVEL: 'trace' });
  });
  after(() => owner.close());

  it('is one line of JSON for a message, whatever the request contains (S-30, S-31)', async () => {
    const evil = 'x\r\n{"level":"fatal","msg":"forged"}\u001b[2J\u0000\u2028';
    const form = { grant_type: evil, client_id: evil, client_secret: evil };
    await server.request('POST', '/oauth/token', { form });
    await server.request('POST', '/oauth/token', { basic: [evil, evil], form });
    await server.request('GET', `/oauth/customers/${encodeURIComponent(evil)}`);
    const lines = ['Host: x', 'User-Agent: \x1b[2J', 'X-Request-Id: bad id\t\x1b[31m', 'Connection: close'];
    const raw = await sendRaw(server.url, rawRequest('GET /nowhere HTTP/1.1', lines));
    assert.match(raw.headers.get('x-request-id') ?? '', /^[0-9a-f]{32}$/);
    const long = 'a'.repeat(65);
    const tooLong = await server.request('GET', '/nowhere', { headers: { 'x-request-id': long } });
    assert.match(tooLong.headers.get('x-request-id') ?? '', /^[0-9a-f]{32}$/);
    assert.equal(await server.stop(), 0);
    const output = server.output();
    assert.doesNotMatch(output, /[\u0000-\u0009\u000b-\u001f\u2028]/);
    assert.doesNotMatch(output, /forged/);
    for (const line of output.trim().split('\n')) assert.ok(JSON.parse(line).level, line);
  });
});

describe('what everybody may ask', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('tells neither the versions of what runs nor how it is configured (S-28)', async () => {
    const { masterKeys, secretPeppers } = server.settings;
    const keys = [...masterKeys, ...secretPeppers].map((key) => key.toString('base64'));
    for (const path of ['/metrics', '/health/live', '/health/ready', '/openapi.json', '/nowhere']) {
      const { text, headers } = await server.request('GET', path);
      for (const version of [process.version, process.versions.v8]) assert.ok(!text.includes(version), path);
      assert.doesNotMatch(text, /postgres(ql)?:\/\/|fastify|typeorm/i, path);
      for (const key of keys) assert.ok(!text.includes(key), path);
      for (const name of ['server', 'x-powered-by', 'via']) assert.equal(headers.get(name), null, path);
    }
  });
});
