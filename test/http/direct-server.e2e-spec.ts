import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization } from '../support/fixtures.js';
import { decodeToken } from '../support/forged-token.js';
import { type Answer, basicHeader, type RequestOptions } from '../support/http-client.js';
import { rawRequest, sendRaw } from '../support/raw-http.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { formMediaType } from '../support/token-requests.js';

/**
 * What differs between any two answers, or belongs to the origins that make a server take Fastify's way. How long a last
 * token lives is remembered by each server for itself.
 */
const incomparable = /^(date|x-request-id|vary|access-control-.*|clientele-last-token-expires-in)$/;
/** What tells how long to wait, which is less a second later. */
const timed = /^(retry-after|ratelimit)$/;
const mostGuesses = 20;
const inBodies = /[0-9a-f]{32}|[0-9a-f-]{36}/g;

function comparable({ status, headers, text, body }: Answer): object {
  const kept = [...headers]
    .filter(([name]) => !incomparable.test(name))
    .map(([name, value]) => [name, timed.test(name) ? value.replace(/(^|t=)\d+/g, '$1…') : value]);
  if (typeof body?.access_token !== 'string') return { status, kept, text: text.replaceAll(inBodies, '…') };
  const { header, claims } = decodeToken(body.access_token);
  const { iat, exp, jti, ...others } = claims as Record<string, unknown>;
  const times = [typeof iat, Number(exp) - Number(iat), String(jti).length];
  return { status, kept, ...body, access_token: { header, others, times } };
}

describe('a direct route', () => {
  /** Answers plain requests before Fastify. */
  let direct: TestServer;
  /** Takes Fastify's way with every request, because it has origins to look at. */
  let usual: TestServer;
  let client: TestClient;
  let post: Record<string, string>;
  before(async () => {
    direct = await startServer();
    usual = await startServer({ sharing: direct, settings: { corsOrigins: ['https://app.example.test'] } });
    const { customerId, token } = await createOrganization(direct);
    client = await createClient(direct, customerId, token);
    post = { grant_type: 'client_credentials', client_id: client.clientId, client_secret: client.secret };
  });
  after(async () => {
    await usual.close();
    await direct.close();
  });

  const assertAlike = async (method: string, path: string, options: RequestOptions, what: string) => {
    const [one, other] = [
      await direct.request(method, path, options),
      await usual.request(method, path, options),
    ];
    assert.match(one.headers.get('x-request-id') ?? '', /^[\w.-]{8,64}$/, what);
    assert.deepEqual(comparable(one), comparable(other), what);
    return one;
  };

  /** Parameters, or a whole body, for the token endpoint; whatever is odd about it is its name. */
  const tokenRequests = (): Record<string, RequestOptions> => ({
    'id and secret in the form': { form: post },
    'the same again': { form: post },
    'a Basic header': {
      basic: [client.clientId, client.secret],
      form: { grant_type: 'client_credentials' },
    },
    'an id of the request': { form: post, headers: { 'x-request-id': 'given-by-the-caller' } },
    'parameters that nobody knows': { form: { ...post, other: 'ä€😀', '': '' } },
    'an empty parameter': { form: { ...post, scope: '' } },
    'a wrong secret': { form: { ...post, client_secret: 'wrong' } },
    'a secret with a wrong checksum': { form: { ...post, client_secret: `${client.secret.slice(0, -1)}_` } },
    'an unknown client': { form: { ...post, client_id: 'nobody' } },
    'two ways to prove itself': { basic: [client.clientId, client.secret], form: post },
    'a header that is not Basic': { token: 'x', form: { grant_type: 'client_credentials' } },
    'no secret': { form: { grant_type: 'client_credentials', client_id: client.clientId } },
    'no grant type': { form: { ...post, grant_type: '' } },
    'an unknown grant type': { form: { ...post, grant_type: 'password' } },
    'a scope that it may not have': { form: { ...post, scope: 'other' } },
    'a resource that it may not have': { form: { ...post, resource: 'https://other.example' } },
    'a proof of DPoP': { form: post, headers: { dpop: 'x' } },
    'an empty body': { body: '', headers: { 'content-type': formMediaType } },
    'no body at all': {},
    'a broken escape': { body: 'grant_type=%zz', headers: { 'content-type': formMediaType } },
    'a control character': { body: 'grant_type=a%00b', headers: { 'content-type': formMediaType } },
    'bytes that are no UTF-8': {
      body: Buffer.from([0x61, 0x3d, 0xff]),
      headers: { 'content-type': formMediaType },
    },
    'a repeated parameter': {
      body: 'grant_type=client_credentials&grant_type=client_credentials',
      headers: { 'content-type': formMediaType },
    },
    'too many parameters': {
      body: Array.from({ length: 101 }, (_, i) => `p${i}=1`).join('&'),
      headers: { 'content-type': formMediaType },
    },
    'a body above the limit': {
      body: `a=${'x'.repeat(64 * 1024)}`,
      headers: { 'content-type': formMediaType },
    },
    'a charset': {
      body: new URLSearchParams(post).toString(),
      headers: { 'content-type': `${formMediaType}; charset=utf-8` },
    },
    'a form that says that it is compressed': { form: post, headers: { 'content-encoding': 'gzip' } },
    JSON: { json: post },
  });

  it('issues and refuses tokens as on Fastify’s way, whatever is odd about a request', async () => {
    for (const [what, options] of Object.entries(tokenRequests()))
      await assertAlike('POST', '/oauth/token', options, what);
  });

  it('refuses beyond a quota and beyond the limit of guesses as on Fastify’s way', async () => {
    const quota = { settings: { tokenQuota: { tokens: 1, seconds: 86_400 } } };
    const { customerId, token } = await createOrganization(direct, quota);
    const { clientId, secret } = await createClient(direct, customerId, token);
    const guess = { ...post, client_secret: 'a guess' };
    const refusals = { quota: { ...post, client_id: clientId, client_secret: secret }, guesses: guess };
    for (const [what, form] of Object.entries(refusals)) {
      for (const server of [direct, usual])
        for (let attempt = 1; attempt <= mostGuesses; attempt++)
          await server.request('POST', '/oauth/token', { form });
      const { status, headers } = await assertAlike('POST', '/oauth/token', { form }, what);
      assert.equal(status, 429, what);
      assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/, what);
    }
  });

  it('is for its own path and method alone', async () => {
    for (const path of [
      '/oauth/token/',
      '/oauth/token?a=b',
      '/oauth/token?a=%00',
      '//oauth/token',
      '/OAUTH/token',
    ])
      await assertAlike('POST', path, { form: post }, path);
    for (const method of ['GET', 'PUT', 'DELETE', 'HEAD'])
      await assertAlike(method, '/oauth/token', {}, method);
  });

  it('introspects as on Fastify’s way', async () => {
    const basic = [client.clientId, client.secret] as const;
    const live = await direct.token(client);
    const revoked = await direct.token(client);
    await usual.request('POST', '/oauth/revoke', { basic, form: { token: revoked } });
    const forms: Record<string, Record<string, string>> = {
      'a live token': { token: live },
      'a live token again': { token: live },
      'a revoked one': { token: revoked },
      'one with another signature': { token: `${live.slice(0, -4)}AAAA` },
      'a foreign one': { token: await direct.operatorToken() },
      'no token': {},
      'something else': { token: 'ä.b.c' },
    };
    for (const [what, form] of Object.entries(forms))
      await assertAlike('POST', '/oauth/introspect', { basic, form }, what);
    await assertAlike('POST', '/oauth/introspect', { form: { token: live } }, 'nobody');
  });

  it('answers the key set as on Fastify’s way', async () => {
    const etag = (await direct.request('GET', '/.well-known/jwks.json')).headers.get('etag') ?? '';
    for (const known of [undefined, etag, `W/${etag}`, '*', `"other", ${etag}`, '"other"', '']) {
      const headers: Record<string, string> = known === undefined ? {} : { 'if-none-match': known };
      for (const method of ['GET', 'HEAD'])
        await assertAlike(method, '/.well-known/jwks.json', { headers }, `${method} ${known}`);
    }
  });

  it('refuses repeated headers, and a request without a host, as on Fastify’s way', async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials' }).toString();
    const basic = `Authorization: ${basicHeader(client.clientId, client.secret)}`;
    const usualLines = ['Host: x', `Content-Type: ${formMediaType}`, `Content-Length: ${body.length}`, basic];
    const odd: Record<string, string[]> = {
      'nothing odd': usualLines,
      'two Authorization headers': [...usualLines, basic],
      'two hosts': ['Host: y', ...usualLines],
      'no host': usualLines.slice(1),
    };
    for (const [what, lines] of Object.entries(odd)) {
      const request = rawRequest('POST /oauth/token HTTP/1.1', [...lines, 'Connection: close'], body);
      const [one, other] = [await sendRaw(direct.url, request), await sendRaw(usual.url, request)];
      assert.deepEqual(comparable(one), comparable(other), what);
      assert.equal(one.status, what === 'nothing odd' ? 200 : 400, what);
    }
  });

  it('is counted as on Fastify’s way', async () => {
    const counts = async (server: TestServer) => {
      const { text } = await server.request('GET', '/metrics', { token: await server.operatorToken() });
      const ofToken = /^(http_requests_total\{[^}]*"\/oauth\/token"[^}]*\}) (\d+)$/gm;
      return new Map([...text.matchAll(ofToken)].map(([, name, count]) => [name, Number(count)]));
    };
    const before = [await counts(direct), await counts(usual)];
    for (const options of Object.values(tokenRequests()))
      await assertAlike('POST', '/oauth/token', options, '');
    const after = [await counts(direct), await counts(usual)];
    const [one, other] = after.map((known, i) =>
      [...known].map(([name, count]) => [name, count - (before[i]?.get(name) ?? 0)]).sort(),
    );
    assert.ok(Number(one?.length) > 3, 'successes and several refusals are counted');
    assert.deepEqual(one, other);
  });

  it('survives a caller who leaves while its secret is compared', async () => {
    const { operator } = direct;
    const body = `grant_type=client_credentials&client_id=${operator.clientId}&client_secret=${operator.secret}`;
    const lines = ['Host: x', `Content-Type: ${formMediaType}`, `Content-Length: ${body.length}`];
    const fresh = await startServer({ sharing: direct });
    try {
      const { hostname, port } = new URL(fresh.url);
      const socket = connect({ host: hostname, port: Number(port) });
      socket.write(rawRequest('POST /oauth/token HTTP/1.1', lines, body), () => socket.destroy());
      // As long as the comparison of the one who stays takes, which waits behind the other.
      assert.ok(await fresh.token(operator));
    } finally {
      await fresh.close();
    }
  });
});

describe('a direct route behind a proxy', () => {
  let direct: TestServer;
  let usual: TestServer;
  let client: TestClient;
  before(async () => {
    const settings = { trustedProxies: ['127.0.0.0/8', '192.0.2.0/24'] };
    direct = await startServer({ settings });
    const corsOrigins = ['https://app.example.test'];
    usual = await startServer({ sharing: direct, settings: { ...settings, corsOrigins } });
    const allowedNetworks = { networks: ['203.0.113.7/32'] };
    const { customerId, token } = await createOrganization(direct);
    client = await createClient(direct, customerId, token, { allowedNetworks });
  });
  after(async () => {
    await usual.close();
    await direct.close();
  });

  it('takes the caller’s address from the same place as Fastify (P-010)', async () => {
    const chains: [string | undefined, boolean][] = [
      ['203.0.113.7', true],
      ['198.51.100.1', false],
      ['198.51.100.1, 203.0.113.7', true],
      ['203.0.113.7, 198.51.100.1', false],
      ['203.0.113.7, 192.0.2.1', true],
      ['192.0.2.1', false],
      [' 203.0.113.7 ', true],
      ['nonsense', false],
      ['', false],
      [undefined, false],
    ];
    for (const [chain, isAllowed] of chains) {
      const headers: Record<string, string> = chain === undefined ? {} : { 'x-forwarded-for': chain };
      const form = { grant_type: 'client_credentials' };
      const options = { headers, form, basic: [client.clientId, client.secret] as const };
      const [one, other] = [
        await direct.request('POST', '/oauth/token', options),
        await usual.request('POST', '/oauth/token', options),
      ];
      assert.equal(one.status === 200, isAllowed, `${chain}: ${one.text}`);
      assert.deepEqual(comparable(one), comparable(other), chain);
    }
  });
});
