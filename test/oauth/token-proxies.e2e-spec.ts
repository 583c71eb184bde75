import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from '../support/server.js';
import { assertIssued, assertRefused, requestByBasic, tokenForm } from '../support/token-requests.js';

const issuer = 'https://auth.example.test';
const hsts = 'max-age=31536000';

describe('POST /oauth/token behind a proxy that ends TLS', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { issuer, trustedProxies: ['127.0.0.0/8'] } });
  });
  after(() => server.close());
  const request = (headers: Record<string, string>) =>
    requestByBasic(server, server.operator, {}, { headers });

  it('refuses what the proxy received without TLS, and does not redirect it (P-010)', async () => {
    const answer = await request({ 'x-forwarded-proto': 'http' });
    assertRefused(answer, 400, 'invalid_request');
    assert.equal(answer.headers.get('location'), null);
  });

  it('takes the last proxy’s word when the client wrote one of its own before it (P-010)', async () => {
    assertRefused(await request({ 'x-forwarded-proto': 'https, http' }), 400, 'invalid_request');
    assertIssued(await request({ 'x-forwarded-proto': 'http, https' }));
  });

  it('answers what came over TLS, and tells browsers to keep to it (P-010, P-073)', async () => {
    const answer = await request({ 'x-forwarded-proto': 'https' });
    assertIssued(answer);
    assert.equal(answer.headers.get('strict-transport-security'), hsts);
    const refused = await server.request('POST', '/oauth/token', { form: tokenForm() });
    assertRefused(refused, 401, 'invalid_client');
    assert.equal(refused.headers.get('strict-transport-security'), hsts);
  });

  it('survives addresses that are none, from whoever wrote them (P-010)', async () => {
    for (const chain of [
      'nonsense',
      'nonsense, 127.0.0.1',
      'a, nonsense, 127.0.0.1',
      ',,,',
      '1.2.3.4:80, ::',
    ]) {
      assertIssued(await request({ 'x-forwarded-for': chain, 'x-forwarded-proto': 'https' }));
    }
  });

  it('puts its configured issuer into tokens, whatever the headers say the host is (P-098)', async () => {
    const token = assertIssued(
      await request({
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example;proto=https',
      }),
    );
    const [, claims = ''] = token.split('.');
    assert.equal(JSON.parse(Buffer.from(claims, 'base64url').toString()).iss, issuer);
  });
});

describe('POST /oauth/token from somebody who is not the trusted proxy', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { issuer, trustedProxies: ['192.0.2.0/24'] } });
  });
  after(() => server.close());

  it('believes no word about the transport (P-010)', async () => {
    for (const proto of ['http', 'https', 'nonsense']) {
      assertIssued(
        await requestByBasic(server, server.operator, {}, { headers: { 'x-forwarded-proto': proto } }),
      );
    }
  });
});

describe('POST /oauth/token from a page of another origin', () => {
  const allowed = 'https://portal.example.test';
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { corsOrigins: [allowed] } });
  });
  after(() => server.close());
  const preflight = (origin: string) =>
    server.request('OPTIONS', '/oauth/token', {
      headers: { origin, 'access-control-request-method': 'POST' },
    });

  it('is allowed to the configured origin alone, and never with credentials (P-016)', async () => {
    for (const [origin, expected] of [
      [allowed, allowed],
      ['https://evil.example.test', null],
      ['null', null],
      [`${allowed}.evil.test`, null],
    ] as const) {
      const basic = [server.operator.clientId, server.operator.secret] as const;
      const answer = await server.request('POST', '/oauth/token', {
        basic,
        form: tokenForm(),
        headers: { origin },
      });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('access-control-allow-origin'), expected);
      assert.equal(answer.headers.get('access-control-allow-credentials'), null);
    }
  });

  it('is announced to the configured origin without running the handler (P-016)', async () => {
    const answer = await preflight(allowed);
    assert.equal(answer.status, 204);
    assert.equal(answer.text, '');
    assert.equal(answer.headers.get('access-control-allow-origin'), allowed);
    assert.equal(
      (await preflight('https://evil.example.test')).headers.get('access-control-allow-origin'),
      null,
    );
  });
});

describe('OPTIONS /oauth/token where no origin is configured', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('allows nobody anything and runs no handler (P-016)', async () => {
    const answer = await server.request('OPTIONS', '/oauth/token', {
      headers: { origin: 'https://portal.example.test', 'access-control-request-method': 'POST' },
    });
    assertRefused(answer, 405, 'invalid_request');
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  });
});
