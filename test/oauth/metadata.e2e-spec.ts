import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization } from '../support/fixtures.js';
import { rawRequest, sendRaw } from '../support/raw-http.js';
import { startServer, type TestServer } from '../support/server.js';

const issuer = 'https://auth.example.com';
const paths = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];

describe('GET /.well-known/oauth-authorization-server', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { issuer } });
  });
  after(() => server.close());

  for (const path of paths) {
    it(`answers the metadata as JSON at ${path} (P-097)`, async () => {
      const answer = await server.request('GET', path);
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
      assert.match(answer.headers.get('cache-control') ?? '', /max-age=[1-9]/);
      assert.equal(answer.body.issuer, issuer);
    });

    it(`answers GET and HEAD only at ${path} (P-097)`, async () => {
      const head = await server.request('HEAD', path);
      assert.equal(head.status, 200);
      assert.equal(head.text, '');
      const post = await server.request('POST', path, { json: {} });
      assert.equal(post.status, 405);
      assert.match(post.headers.get('allow') ?? '', /GET/);
    });
  }

  it('names the configured issuer whatever the request says of host and scheme (P-098)', async () => {
    const answer = await sendRaw(
      server.url,
      rawRequest(`GET ${paths[0]} HTTP/1.1`, [
        'Host: evil.example',
        'X-Forwarded-Host: evil.example',
        'X-Forwarded-Proto: http',
        'Forwarded: host=evil.example;proto=http',
        'Connection: close',
      ]),
    );
    assert.equal(answer.status, 200);
    assert.equal(answer.body.issuer, issuer);
    assert.doesNotMatch(answer.text, /evil/);
  });

  it('has https URLs below the configured origin only (P-099)', async () => {
    const { body } = await server.request('GET', paths[0] as string);
    const urls = Object.entries(body).filter(([name]) => /_endpoint$|_uri$|^service_/.test(name));
    assert.ok(urls.length >= 4);
    for (const [name, url] of urls) assert.ok(String(url).startsWith(`${issuer}/`), name);
  });

  it('offers no unsigned algorithm (P-101)', async () => {
    const { body } = await server.request('GET', paths[0] as string);
    for (const [name, values] of Object.entries(body)) {
      if (name.endsWith('_alg_values_supported')) assert.ok(!(values as string[]).includes('none'), name);
    }
    assert.doesNotMatch(JSON.stringify(body), /"none"/);
  });

  it('leaves out what is empty, but for the response types that RFC 8414 requires (P-102, P-103)', async () => {
    const { body } = await server.request('GET', paths[0] as string);
    assert.deepEqual(body.response_types_supported, []);
    for (const [name, value] of Object.entries(body)) {
      assert.notEqual(value, null, name);
      if (Array.isArray(value) && name !== 'response_types_supported') assert.ok(value.length > 0, name);
    }
  });

  it('is the same for everybody and names nothing of any organization (P-105)', async () => {
    const before = await server.request('GET', paths[0] as string);
    const { customerId, admin, token } = await createOrganization(server);
    await server.request('POST', `/oauth/customers/${customerId}/clients`, {
      token,
      json: [
        {
          clientId: `${admin.clientId}2`,
          authorizedGrantTypes: ['client_credentials'],
          clientAuthenticationMethods: ['client_secret_basic'],
          scope: ['secret.project'],
          resourceIds: ['https://hidden.example'],
        },
      ],
    });
    const anonymous = await server.request('GET', paths[0] as string);
    const authorized = await server.request('GET', paths[0] as string, { token });
    assert.equal(anonymous.text, before.text);
    assert.equal(authorized.text, before.text);
  });
});

describe('the metadata of an issuer with a path', () => {
  it('is found where RFC 8414 §3.1 puts it, and nowhere else (P-097)', async () => {
    const server = await startServer({ settings: { issuer: 'https://example.com/auth/eu' } });
    try {
      const inserted = await server.request('GET', `${paths[0]}/auth/eu`);
      assert.equal(inserted.status, 200);
      assert.equal(inserted.body.issuer, 'https://example.com/auth/eu');
      assert.equal(inserted.body.token_endpoint, 'https://example.com/auth/eu/oauth/token');
      for (const other of ['/auth', '/auth/eu/', '/auth/eu/x', '/AUTH/eu'])
        assert.equal((await server.request('GET', `${paths[0]}${other}`)).status, 404, other);
    } finally {
      await server.close();
    }
  });

  it('is not there below the well-known path when the issuer has none (P-097)', async () => {
    const server = await startServer({ settings: { issuer } });
    try {
      for (const other of ['/x', '/', '/auth/eu'])
        assert.equal((await server.request('GET', `${paths[0]}${other}`)).status, 404, other);
    } finally {
      await server.close();
    }
  });
});
