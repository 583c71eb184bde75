// @own-process
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { isRunning, postmasterPid, until } from '../embedded/support/cluster-probe.js';
import { Scratch } from '../embedded/support/scratch.js';
import { clientBody, createOrganization } from '../support/fixtures.js';
import { basicHeader, send } from '../support/http-client.js';
import { rawRequest } from '../support/raw-http.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { errorCases } from '../surfaces/support/error-shapes.js';
import { type LoadReport, sendUntilToldToLeave } from './support/keep-alive-client.js';
import { environmentOn, ServerProcess } from './support/server-process.js';

const clientsAtOnce = 12;
const secondSignalCode = 130;

let here: TestServer;
let environment: Record<string, string>;
before(async () => {
  here = await startServer();
  environment = environmentOn(here.database.url, here.settings);
});
after(() => here.close());

let server: ServerProcess | undefined;
const start = async (env: Record<string, string> = {}) => {
  server = await ServerProcess.start({ env: { ...environment, ...env } });
  return server;
};
afterEach(async () => {
  if (server && server.process.exitCode === null) await server.end('SIGKILL');
  server = undefined;
});

const form = 'grant_type=client_credentials';

function tokenHeaders(): Record<string, string> {
  return {
    Host: 'localhost',
    Authorization: basicHeader(here.operator.clientId, here.operator.secret),
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': `${form.length}`,
  };
}

/** Sends a token request but for its last bytes. */
function beginTokenRequest(url: string): { finish(): void; answer: Promise<IncomingMessage> } {
  const outgoing = request(`${url}/oauth/token`, { method: 'POST', headers: tokenHeaders(), agent: false });
  const answer = once(outgoing, 'response').then(([incoming]) => (incoming as IncomingMessage).resume());
  outgoing.write(form.slice(0, -5));
  return { finish: () => outgoing.end(form.slice(-5)), answer };
}

async function tokenOf(url: string, { clientId, secret }: TestClient): Promise<string> {
  const { status, text, body } = await send(url, 'POST', '/oauth/token', {
    basic: [clientId, secret],
    form: { grant_type: 'client_credentials' },
  });
  assert.equal(status, 200, text);
  return body.access_token;
}

describe('SIGTERM', () => {
  it('loses no request of clients that keep their connections', async () => {
    for (let round = 0; round < 2; round++) {
      const { url } = await start();
      const list = rawRequest('GET /oauth/customers HTTP/1.1', [
        'Host: localhost',
        `Authorization: Bearer ${await tokenOf(url, here.operator)}`,
      ]);
      const tokenRequest = rawRequest(
        'POST /oauth/token HTTP/1.1',
        Object.entries(tokenHeaders()).map(([name, value]) => `${name}: ${value}`),
        form,
      );
      const report: LoadReport = { answered: 0, lost: [] };
      const load = Array.from({ length: clientsAtOnce }, (_, index) =>
        sendUntilToldToLeave(url, index % 2 ? list : tokenRequest, report),
      );
      await wait(300);
      const answeredBefore = report.answered;
      const code = await server?.end('SIGTERM');
      await Promise.all(load);
      assert.equal(code, 0);
      assert.deepEqual(report.lost, []);
      assert.ok(answeredBefore > clientsAtOnce, `${answeredBefore} requests before the signal`);
      assert.ok(report.answered > answeredBefore, 'some were answered after the signal');
    }
  });

  it('loses no change: as many clients are there as were answered for', async () => {
    const { url } = await start();
    const { customerId, admin } = await createOrganization(here, {
      settings: { adminRateLimit: { requests: 1_000_000, seconds: 1 } },
    });
    const surface = errorCases(customerId).find(({ name }) => name === 'oauth-clients');
    const body = JSON.stringify({ ...surface?.valid, name: 'made while it takes leave' });
    const create = rawRequest(
      'POST /oauth-clients HTTP/1.1',
      [
        'Host: localhost',
        `Authorization: Bearer ${await tokenOf(url, admin)}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
      ],
      body,
    );
    const report: LoadReport = { answered: 0, lost: [] };
    const load = Array.from({ length: clientsAtOnce }, () => sendUntilToldToLeave(url, create, report));
    await wait(300);
    assert.equal(await server?.end('SIGTERM'), 0);
    await Promise.all(load);
    assert.deepEqual(report.lost, []);
    const [made] = await here.database.query<{ count: number }>(
      `select count(*)::integer as count from client c join organization o on o.id = c.organization_id
       where o.customer_id = $1 and c.name = 'made while it takes leave'`,
      [customerId],
    );
    assert.ok(report.answered > clientsAtOnce, `${report.answered}`);
    assert.equal(made?.count, report.answered);
  });

  it('lets a request that is still being sent finish', async () => {
    const { url } = await start();
    const { finish, answer } = beginTokenRequest(url);
    await wait(200);
    const ended = server?.end('SIGTERM');
    await wait(500);
    finish();
    const { statusCode, headers } = await answer;
    assert.equal(statusCode, 200);
    assert.equal(headers.connection, 'close');
    assert.equal(await ended, 0);
  });

  it('still answers those who come while it takes leave', async () => {
    const { url } = await start();
    const { finish, answer } = beginTokenRequest(url);
    await wait(200);
    const ended = server?.end('SIGTERM');
    await wait(200);
    const late = await send(url, 'GET', '/health/live');
    assert.deepEqual([late.status, late.headers.get('connection')], [200, 'close']);
    finish();
    assert.equal((await answer).statusCode, 200);
    assert.equal(await ended, 0);
  });

  it('does not wait for connections on which nothing is asked', async () => {
    const { url } = await start();
    const { hostname, port } = new URL(url);
    const sockets = Array.from({ length: 3 }, () => connect(Number(port), hostname));
    for (const socket of sockets) socket.on('error', () => undefined);
    await send(url, 'GET', '/health/live');
    const startedAt = performance.now();
    assert.equal(await server?.end('SIGTERM'), 0);
    assert.ok(performance.now() - startedAt < 3_000, `${performance.now() - startedAt} ms`);
    for (const socket of sockets) socket.destroy();
  });

  it('cuts off at the end of the grace what does not finish', async () => {
    const started = await start({ SHUTDOWN_GRACE_SECONDS: '1' });
    const { answer } = beginTokenRequest(started.url);
    const cut = assert.rejects(answer);
    await wait(200);
    assert.equal(await started.end('SIGTERM'), 0);
    await cut;
    assert.match(started.output, /requests were cut off/);
  });

  it('ends at once when it comes a second time', async () => {
    const started = await start();
    const cut = assert.rejects(beginTokenRequest(started.url).answer);
    await wait(200);
    started.process.kill('SIGTERM');
    await wait(200);
    const secondAt = performance.now();
    assert.equal(await started.end('SIGTERM'), secondSignalCode);
    assert.ok(performance.now() - secondAt < 1_000);
    await cut;
  });

  it('to npm ends node and PostgreSQL', async () => {
    const scratch = new Scratch();
    const dataDir = join(scratch.directory(), 'data');
    try {
      server = await ServerProcess.start({ byNpm: true, env: { DATA_DIR: dataDir } });
      const { url } = server;
      const postgres = postmasterPid(dataDir);
      await server.end('SIGTERM');
      await until(() => !isRunning(postgres), 15_000);
      await assert.rejects(send(url, 'GET', '/health/live'));
      assert.ok(!existsSync(join(dataDir, 'cluster', 'postmaster.pid')));
    } finally {
      scratch.remove();
    }
  });
});

describe('a start that fails', () => {
  /** Starts it and expects it to end. @returns its words */
  async function failure(env: Record<string, string>): Promise<string> {
    server = await ServerProcess.spawn({ env: { ...environment, ...env } });
    assert.equal(await server.ended(), 1);
    return server.errors;
  }

  it('says in one line that the port is in use', async () => {
    const port = new URL(here.url).port;
    assert.equal(
      await failure({ PORT: port }),
      `Port ${port} of 127.0.0.1 is in use by another process. Set PORT to another one.\n`,
    );
  });

  it('names the variable that is wrong, and does not show a secret', async () => {
    const words = await failure({ PORT: 'eighty', MASTER_KEY: 'not-a-key-of-32-bytes' });
    assert.match(words, /PORT.*"eighty"/);
    assert.match(words, /MASTER_KEY/);
    assert.doesNotMatch(words, /not-a-key|\n\s+at /);
  });
});

describe('kill -9 of the server', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());

  it('right after a client was created leaves a client that gets tokens', async () => {
    const operator = { clientId: 'operator', secret: 'a-secret-of-the-operator' };
    const env = {
      DATA_DIR: join(scratch.directory(), 'data'),
      BOOTSTRAP_CLIENT_ID: operator.clientId,
      BOOTSTRAP_CLIENT_SECRET: operator.secret,
      ISSUER: 'http://localhost:3000',
    };
    const first = await ServerProcess.start({ env });
    server = first;
    const token = await tokenOf(first.url, operator);
    const { body: customers } = await send(first.url, 'GET', '/oauth/customers', { token });
    const json = clientBody();
    const path = `/oauth/customers/${customers[0].id}/clients`;
    const { status, body: client } = await send(first.url, 'POST', path, { token, json });
    assert.equal(await first.end('SIGKILL'), 'SIGKILL');
    assert.equal(status, 200);

    const second = await ServerProcess.start({ env });
    server = second;
    assert.ok(await tokenOf(second.url, { clientId: client.clientId, secret: client.clientSecret }));
    assert.ok(await tokenOf(second.url, operator));
    assert.equal(await second.end('SIGTERM'), 0);
  });
});
