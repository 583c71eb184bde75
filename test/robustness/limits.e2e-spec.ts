import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { eventually } from '../support/eventually.js';
import { clientBody, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { rawRequest, sendRaw } from '../support/raw-http.js';
import { startServer, type TestServer } from '../support/server.js';

const bodyLimitBytes = 4_096;
const formLimitBytes = 65_536;
const idleSockets = 1_000;

let server: TestServer;
let organization: TestOrganization;
let clientsPath: string;
before(async () => {
  server = await startServer({ settings: { bodyLimitBytes } });
  organization = await createOrganization(server);
  clientsPath = `/oauth/customers/${organization.customerId}/clients`;
});
after(() => server.close());

/** The head of a request that creates a client. */
function creation(...lines: string[]): string {
  return rawRequest(`POST ${clientsPath} HTTP/1.1`, [
    'Host: localhost',
    'Connection: close',
    `Authorization: Bearer ${organization.token}`,
    'Content-Type: application/json',
    ...lines,
  ]);
}

/** A body that creates a client, filled up with blanks. */
function bodyOf(bytes: number): string {
  const json = JSON.stringify(clientBody());
  return json + ' '.repeat(bytes - json.length);
}

function chunked(body: string): string {
  return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

describe('a request body', () => {
  it('is read up to the limit and refused with 413 one byte above it', async () => {
    const whole = bodyOf(bodyLimitBytes);
    const atLimit = await sendRaw(server.url, creation(`Content-Length: ${whole.length}`) + whole);
    assert.equal(atLimit.status, 200, atLimit.text);
    const above = await sendRaw(server.url, `${creation(`Content-Length: ${whole.length + 1}`)}${whole} `);
    assert.deepEqual([above.status, above.body.errorCode], [413, 413]);
  });

  it('has the same limit when its length is not told before', async () => {
    const head = creation('Transfer-Encoding: chunked');
    const atLimit = await sendRaw(server.url, head + chunked(bodyOf(bodyLimitBytes)));
    assert.equal(atLimit.status, 200, atLimit.text);
    const above = await sendRaw(server.url, head + chunked(bodyOf(bodyLimitBytes + 1)));
    assert.deepEqual([above.status, above.body.errorCode], [413, 413]);
  });

  it('is refused by its announced length before it is sent', async () => {
    const answer = await sendRaw(server.url, creation('Content-Length: 1000000000'));
    assert.deepEqual([answer.status, answer.body.errorCode], [413, 413]);
  });

  it('of the OAuth endpoints has a limit of its own', async () => {
    const post = (bytes: number) =>
      server.request('POST', '/oauth/token', {
        basic: [server.operator.clientId, server.operator.secret],
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&x='.padEnd(bytes, 'x'),
      });
    assert.equal((await post(formLimitBytes)).status, 200);
    const above = await post(formLimitBytes + 1);
    assert.deepEqual([above.status, above.body.error], [413, 'invalid_request']);
  });

  it('is refused with 415 when it is compressed', async () => {
    const body = gzipSync(bodyOf(200));
    const head = creation(`Content-Length: ${body.length}`, 'Content-Encoding: gzip');
    const answer = await sendRaw(server.url, head, body);
    assert.deepEqual([answer.status, answer.body.errorCode], [415, 415]);
  });
});

describe('request headers', () => {
  it('that are too large are refused with 431 in the words of the surface', async () => {
    const padding = `X-Padding: ${'p'.repeat(20_000)}`;
    const native = await sendRaw(server.url, creation('Content-Length: 0', padding));
    assert.deepEqual([native.status, native.body.errorCode], [431, 431]);
    const oauth = await sendRaw(
      server.url,
      rawRequest('POST /oauth/token HTTP/1.1', ['Host: localhost', padding]),
    );
    assert.deepEqual([oauth.status, oauth.body.error], [431, 'invalid_request']);
  });

  it('of half that size are read', async () => {
    const request = rawRequest('GET /health/live HTTP/1.1', [
      'Host: localhost',
      'Connection: close',
      `X-Padding: ${'p'.repeat(8_000)}`,
    ]);
    assert.equal((await sendRaw(server.url, request)).status, 200);
  });
});

describe('slow clients', () => {
  let impatient: TestServer;
  before(async () => {
    impatient = await startServer({ sharing: server });
    const http = impatient.app.getHttpServer();
    assert.ok(http.headersTimeout <= 15_000 && http.requestTimeout <= 60_000, 'the usual patience is short');
    // The same check, which runs every other second, with less patience.
    http.headersTimeout = 300;
    http.requestTimeout = 600;
  });
  after(() => impatient.close());

  it('get 408 when their headers do not come', async () => {
    const answer = await sendRaw(impatient.url, 'POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    assert.equal(answer.status, 408);
    assert.equal(answer.headers.get('connection'), 'close');
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(typeof answer.body, 'object');
  });

  it('get 408 when their body does not come, and nothing is created', async () => {
    const { length } = await listClients();
    const body = bodyOf(200);
    const answer = await sendRaw(impatient.url, creation(`Content-Length: ${body.length + 1}`) + body);
    assert.equal(answer.status, 408);
    assert.equal(typeof answer.body, 'object');
    assert.equal((await listClients()).length, length);
  });

  async function listClients(): Promise<unknown[]> {
    const { body } = await server.request('GET', `${clientsPath}?limit=250`, { token: organization.token });
    return body;
  }
});

describe('a thousand idle connections', () => {
  const sockets: Socket[] = [];
  after(() => {
    for (const socket of sockets) socket.destroy();
  });

  it('do not keep others from being served', async () => {
    const { hostname, port } = new URL(server.url);
    for (let count = 0; count < idleSockets; count++) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      sockets.push(socket);
      // Half of them have begun a request.
      if (count % 2) socket.write('GET /health/live HTTP/1.1\r\nHost: loc');
    }
    await Promise.all(sockets.map((socket) => socket.connecting && once(socket, 'connect')));
    await eventually(5_000, async () => assert.ok((await connections()) >= idleSockets));
    const startedAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        server.request('POST', '/oauth/token', {
          basic: [server.operator.clientId, server.operator.secret],
          form: { grant_type: 'client_credentials' },
        }),
      ),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.ok(performance.now() - startedAt < 3_000);
  });

  function connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      server.app
        .getHttpServer()
        .getConnections((error: Error | null, count: number) => (error ? reject(error) : resolve(count)));
    });
  }
});
