import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type Answer, send } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const json = { 'Content-Type': 'application/json' };

let server: TestServer;
before(async () => {
  server = await startServer({ settings: { corsOrigins: ['https://console.example'] } });
});
after(() => server.close());

/** Sends bytes as they are and reads until the server closes. */
function sendRaw(...lines: string[]): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  });
}

function assertOAuthError(
  { status, body, headers }: Answer,
  expected: number,
  error = 'invalid_request',
): void {
  assert.equal(status, expected);
  assert.deepEqual(Object.keys(body).sort(), ['error', 'error_description']);
  assert.equal(body.error, error);
  assert.match(body.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('pragma'), 'no-cache');
}

function assertNativeError({ status, body }: Answer, expected: number): void {
  assert.equal(status, expected);
  assert.deepEqual(Object.keys(body), ['severity', 'errorMessage', 'errorCode', 'errorDetailMessage']);
  assert.equal(body.errorCode, expected);
}

describe('errors before any handler', () => {
  it('answers OAuth errors on the token endpoint', async () => {
    const post = (body: string, headers: Record<string, string>) =>
      server.request('POST', '/oauth/token', { body, headers });
    assertOAuthError(await post('{"grant_type":"client_credentials"}', json), 415);
    assertOAuthError(await post('x', { 'Content-Type': 'text/plain' }), 415);
    assertOAuthError(await post('a=b', { 'Content-Type': `${form['Content-Type']}; charset=utf-16` }), 415);
    assertOAuthError(await post('a=b', { ...form, 'Content-Encoding': 'gzip' }), 415);
    assertOAuthError(await post('a=%ZZ', form), 400);
    assertOAuthError(await post(`a=${'x'.repeat(70_000)}`, form), 413);
    assertOAuthError(await server.request('POST', '/oauth/token?a=%ff', { form: {} }), 400);
  });

  it('answers 405 with Allow for a method that the path does not have', async () => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await server.request(method, '/oauth/token');
      assertOAuthError(answer, 405);
      assert.equal(answer.headers.get('allow'), 'POST');
    }
    const head = await server.request('HEAD', '/oauth/token');
    assert.deepEqual([head.status, head.text], [405, '']);
  });

  it('answers native errors where nobody claims the path', async () => {
    assertNativeError(await server.request('GET', '/nothing/here'), 404);
    assertNativeError(await server.request('GET', '/nothing/%zz'), 400);
    assertNativeError(await server.request('GET', '/nothing?a=%00'), 400);
  });

  it('never repeats the URL', async () => {
    const { text } = await server.request('GET', '/nothing/<script>topsecret</script>');
    assert.doesNotMatch(text, /topsecret|script/);
  });
});

describe('requests that are no HTTP', () => {
  const target = 'POST /oauth/token HTTP/1.1';

  it('answers JSON 400 to what the HTTP parser refuses', async () => {
    const requests = [
      ['hello'],
      ['GET /\x01 HTTP/1.1', 'Host: x'],
      ['GET /\xff HTTP/1.1', 'Host: x'],
      [target, 'Host: x', 'Content-Length: 1', 'Transfer-Encoding: chunked'],
      [target, 'Host: x', 'Content-Length: 1', 'Content-Length: 1'],
      [target, 'Host: x', 'X-A: a\x00b'],
    ];
    for (const lines of requests) {
      const answer = await sendRaw(...lines);
      assert.match(answer, /^HTTP\/1\.1 400 /, lines.join('|'));
      assert.match(answer, /content-type: application\/json/i);
      assert.doesNotThrow(() => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))));
    }
  });

  it('refuses repeated headers on which security rests, and a missing Host', async () => {
    const tail = ['Content-Length: 0', 'Connection: close'];
    const pairs = [
      ['Host: a', 'Host: b'],
      ['Host: a', 'Authorization: Basic a', 'authorization: Basic b'],
      ['Host: a', 'DPoP: a', 'DPoP: b'],
      ['Host: a', 'Content-Type: a/b', 'Content-Type: a/b'],
      [],
    ];
    for (const headers of pairs) {
      assert.match(
        await sendRaw(target, ...headers, ...tail),
        /^HTTP\/1\.1 400 [\s\S]*"error":"invalid_request"/,
      );
    }
  });

  it('answers 431 to headers that are too large', async () => {
    const answer = await sendRaw(target, 'Host: x', `X-A: ${'a'.repeat(20_000)}`);
    assert.match(answer, /^HTTP\/1\.1 431 [\s\S]*"error":"invalid_request"/);
  });
});

describe('headers of every answer', () => {
  it('has the security headers and a request id, on successes and errors alike', async () => {
    for (const path of ['/health/live', '/nothing', '/nothing/%zz', '/oauth/token']) {
      const { headers } = await server.request('GET', path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
      assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f]{32}$/, path);
      assert.equal(headers.get('x-powered-by'), null, path);
      assert.equal(headers.get('set-cookie'), null, path);
    }
  });

  it('takes over a harmless X-Request-Id and no other', async () => {
    const idFor = async (given: string) => {
      const { headers } = await server.request('GET', '/health/live', { headers: { 'X-Request-Id': given } });
      return headers.get('x-request-id');
    };
    assert.equal(await idFor('trace-1234.abc'), 'trace-1234.abc');
    for (const given of ['short', 'x'.repeat(65), 'a b c d e f', '{"a":"bcdef"}']) {
      assert.notEqual(await idFor(given), given);
    }
  });

  it('sends Strict-Transport-Security when the issuer is https, and refuses plain HTTP at the proxy', async () => {
    const settings = { issuer: 'https://id.example', trustedProxies: ['127.0.0.1'] };
    const secure = await startServer({ settings });
    try {
      const live = (headers: Record<string, string>) => send(secure.url, 'GET', '/health/live', { headers });
      assert.match((await live({})).headers.get('strict-transport-security') ?? '', /^max-age=\d+$/);
      assert.equal((await live({ 'X-Forwarded-Proto': 'https' })).status, 200);
      assertNativeError(await live({ 'X-Forwarded-Proto': 'http' }), 400);
    } finally {
      await secure.close();
    }
    const ignored = await server.request('GET', '/health/live', { headers: { 'X-Forwarded-Proto': 'http' } });
    assert.equal(ignored.status, 200);
  });

  it('allows the origins of the settings and no other', async () => {
    const allowed = async (origin: string) => {
      const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' };
      const preflight = await server.request('OPTIONS', '/oauth/token', { headers });
      assert.equal(preflight.headers.get('access-control-allow-credentials'), null);
      assert.equal(preflight.headers.get('x-content-type-options'), 'nosniff');
      return preflight.headers.get('access-control-allow-origin');
    };
    assert.equal(await allowed('https://console.example'), 'https://console.example');
    assert.equal(await allowed('https://evil.example'), null);
  });
});

describe('operation', () => {
  it('answers the probes, the metrics and the documentation without a token', async () => {
    assert.deepEqual((await server.request('GET', '/health/live')).body, { status: 'ok' });
    assert.equal((await server.request('GET', '/health/ready')).status, 200);
    const metrics = await server.request('GET', '/metrics');
    assert.match(
      metrics.text,
      /^http_requests_total\{method="GET",route="\/health\/live",status="200"\} \d+$/m,
    );
    assert.match(metrics.text, /^http_request_duration_seconds_bucket\{le="\+Inf",/m);
    assert.match(metrics.text, /^process_cpu_seconds_total /m);
    assert.equal((await server.request('GET', '/openapi.json')).body.openapi, '3.1.0');
    const docs = await server.request('GET', '/docs');
    assert.match(docs.text, /swagger-ui/);
    const policy = docs.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /upgrade-insecure-requests/);
  });
});
