import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { comparable, isActive, nativeApi } from '../../customers/support/native-api.js';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import { startServer, type TestServer } from '../../support/server.js';
import { assertShape, documentsExample, type Surface, surfaceAt } from '../../support/surfaces.js';

const document = await documentsExample('client-credentials-v0/create-client-credentials');
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

let server: TestServer;
let organization: TestOrganization;
let v0: Surface;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  v0 = surfaceAt(server, '/api/v0', organization);
});
after(() => server.close());

const create = (overrides: Readonly<Record<string, unknown>> = {}): Promise<Answer> =>
  v0('POST', '/client-credentials', { json: { ...document.request, ...overrides } });

const askForToken = ({ clientId, secret }: { clientId: string; secret: string }, at = server) =>
  at.request('POST', '/api/v0/oauth/token', {
    form: { GrantType: 'client_credentials', ClientId: clientId, ClientSecret: secret },
  });

describe('POST /api/v0/client-credentials', () => {
  describe('200', () => {
    it('answers the request of the document with exactly its keys, types and nesting', async () => {
      const answer = await v0('POST', '/client-credentials', { json: document.request });
      assert.equal(answer.status, 200, answer.text);
      assertShape(answer.body, document.response);
      const { credentialId, clientId, name, secret, expires, created } = answer.body;
      assert.match(credentialId, uuid);
      assert.match(clientId, /^[0-9a-f]{32}$/);
      assert.ok(Buffer.from(secret, 'base64').length >= 16);
      assert.equal(Buffer.from(secret, 'base64').toString('base64'), secret);
      assert.deepEqual({ name, expires }, document.request);
      assert.match(created, moment);
      assert.ok(Math.abs(Date.parse(created) - Date.now()) < 60_000);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    });

    it('takes null for both fields, an empty object, and either field alone', async () => {
      for (const json of [{ name: null, expires: null }, {}, { name: null }, { expires: null }]) {
        const { status, body, text } = await v0('POST', '/client-credentials', { json });
        assert.equal(status, 200, text);
        assertShape(body, document.response, ['name', 'expires']);
        assert.deepEqual([body.name, body.expires], [null, null]);
      }
      assert.equal((await v0('POST', '/client-credentials', { json: { name: 'alone' } })).body.name, 'alone');
    });

    it('answers the moment of expiry in UTC', async () => {
      const { body } = await create({ expires: '2028-06-21T02:00:00+02:00' });
      assert.equal(body.expires, '2028-06-21T00:00:00.000Z');
    });

    it('ignores fields that it does not know and assigns none of them', async () => {
      const { body } = await create({ clientId: 'operator', secret: 'chosen-by-me', scopes: ['all'] });
      assertShape(body, document.response);
      assert.match(body.clientId, /^[0-9a-f]{32}$/);
      assert.notEqual(body.secret, 'chosen-by-me');
      const native = await nativeApi(server, organization)('GET', `/clients/${body.clientId}`);
      assert.deepEqual([native.body.scope, native.body.clientPermissions.roles], [[], {}]);
    });

    it('makes a secret that works at every token endpoint, by either method', async () => {
      const { body } = await create();
      await server.token(body);
      const form = {
        grant_type: 'client_credentials',
        client_id: body.clientId,
        client_secret: body.secret,
      };
      assert.equal((await server.request('POST', '/oauth/token', { form })).status, 200);
      assert.equal((await askForToken(body)).status, 200);
      const json = { client_id: body.clientId, client_secret: body.secret, subject: 'x' };
      assert.equal((await server.request('POST', '/platform/clientauth/token', { json })).status, 200);
    });

    it('never makes the same secret or client id twice', async () => {
      const made = await Promise.all(Array.from({ length: 10 }, () => create()));
      assert.equal(new Set(made.map(({ body }) => body.secret)).size, 10);
      assert.equal(new Set(made.map(({ body }) => body.clientId)).size, 10);
    });
  });

  describe('400', () => {
    const wrong: readonly (readonly [
      what: string,
      change: Readonly<Record<string, unknown>>,
      field: string,
      rule: RegExp,
    ])[] = [
      ['a past expiry', { expires: '2020-01-01T00:00:00.000Z' }, 'expires', /must be in the future/],
      ['a date without a time', { expires: '2028-06-21' }, 'expires', /must be an ISO 8601 date and time/],
      ['a time without an offset', { expires: '2028-06-21T00:00:00' }, 'expires', /with an offset/],
      ['30 February', { expires: '2028-02-30T00:00:00Z' }, 'expires', /must be an ISO 8601/],
      ['an expiry that is a number', { expires: 1_900_000_000 }, 'expires', /must be a string/],
      ['an empty expiry', { expires: '' }, 'expires', /must be an ISO 8601/],
      ['a name that is a number', { name: 5 }, 'name', /must be a string/],
      ['a name of 256 characters', { name: 'a'.repeat(256) }, 'name', /at most 255 characters/],
    ];
    for (const [what, change, field, rule] of wrong) {
      it(`refuses ${what}, and makes nothing`, async () => {
        const before = (await v0('GET', '/client-credentials')).body.length;
        const answer = await create(change);
        assert.equal(answer.status, 400, answer.text);
        assert.deepEqual(Object.keys(answer.body.errors), [field]);
        assert.match(answer.body.errors[field][0], rule);
        assert.equal((await v0('GET', '/client-credentials')).body.length, before);
      });
    }

    it('refuses an expiry of this very moment by the server’s clock', async () => {
      const own = await startServer();
      try {
        const there = surfaceAt(own, '/api/v0', await createOrganization(own));
        const expires = new Date(Date.now() + 60_000).toISOString();
        assert.equal((await there('POST', '/client-credentials', { json: { expires } })).status, 200);
        own.advanceClock(60);
        assert.equal((await there('POST', '/client-credentials', { json: { expires } })).status, 400);
      } finally {
        await own.close();
      }
    });
  });
});

describe('GET /api/v0/client-credentials', () => {
  it('answers a bare array of the active ones, the newest first, with the secret null', async () => {
    const own = await createOrganization(server);
    const at = surfaceAt(server, '/api/v0', own);
    const first = await at('POST', '/client-credentials', { json: document.request });
    const second = await at('POST', '/client-credentials', { json: {} });
    const listed = await at('GET', '/client-credentials');
    assert.equal(listed.status, 200);
    // The last one is the administrator's, made by another surface.
    assert.deepEqual(listed.body.slice(0, 2), [
      { ...second.body, secret: null },
      { ...first.body, secret: null },
    ]);
    assert.deepEqual([listed.body.length, listed.body[2].clientId], [3, own.admin.clientId]);
    for (const credential of listed.body) {
      assertShape(credential, document.response, ['name', 'secret', 'expires']);
      assert.equal(credential.secret, null);
    }
    assert.equal(listed.headers.get('x-total-count'), '3');
    const part = await at('GET', '/client-credentials?limit=1&offset=1');
    assert.deepEqual([part.body, part.headers.get('x-total-count')], [[listed.body[1]], '3']);
  });

  it('leaves out what does not work: revoked, rotated away, of a disabled or deleted client', async () => {
    const native = nativeApi(server, organization);
    const [revoked, rotated, disabled, deleted] = await Promise.all([1, 2, 3, 4].map(() => create()));
    const pathOf = ({ body }: Answer) => `/clients/${body.clientId}/credentials/${body.credentialId}`;
    await native('POST', `${pathOf(revoked as Answer)}/revoke`);
    const replaced = await native('POST', `${pathOf(rotated as Answer)}/rotate`, {
      json: { overlapSeconds: 0 },
    });
    const client = (await native('GET', `/clients/${disabled?.body.clientId}`)).body;
    await native('PUT', `/clients/${client.clientId}`, { json: { ...client, enabled: false } });
    await native('DELETE', `/clients/${deleted?.body.clientId}`);
    const listed = (await v0('GET', '/client-credentials')).body.map(
      (credential: { credentialId: string }) => credential.credentialId,
    );
    for (const gone of [revoked, rotated, disabled, deleted]) {
      assert.ok(!listed.includes(gone?.body.credentialId), 'one that does not work is listed');
    }
    assert.ok(listed.includes(replaced.body.credentialId));
  });

  it('leaves out an expired one from that very second, when its secret fails as well', async () => {
    const own = await startServer();
    try {
      const theirs = await createOrganization(own);
      const there = surfaceAt(own, '/api/v0', theirs);
      const expires = new Date(Date.now() + 100_000).toISOString();
      const { body } = await there('POST', '/client-credentials', { json: { name: 'short', expires } });
      const ids = async () =>
        (await there('GET', '/client-credentials')).body.map((one: { clientId: string }) => one.clientId);
      own.advanceClock(98);
      assert.equal((await askForToken(body, own)).status, 200);
      assert.ok((await ids()).includes(body.clientId));
      own.advanceClock(2);
      for (const answer of [
        await askForToken(body, own),
        await own.request('POST', '/oauth/token', {
          basic: [body.clientId, body.secret],
          form: { grant_type: 'client_credentials' },
        }),
        await own.request('POST', '/platform/clientauth/token', {
          json: { client_id: body.clientId, client_secret: body.secret, subject: 'x' },
        }),
      ]) {
        assert.equal(answer.status, 401, answer.text);
      }
      assert.ok(!(await ids()).includes(body.clientId));
    } finally {
      await own.close();
    }
  });

  for (const query of ['limit=0', 'limit=1001', 'limit=x', 'offset=-1']) {
    it(`refuses ?${query}`, async () => {
      const answer = await v0('GET', `/client-credentials?${query}`);
      assert.equal(answer.status, 400);
      assert.match(Object.values<string[]>(answer.body.errors)[0]?.[0] ?? '', /must be a whole number/);
    });
  }
});

describe('DELETE /api/v0/client-credentials/{clientId}', () => {
  it('answers 204 without a body, and is in force at once on every surface', async () => {
    const { body } = await create();
    const token = (await askForToken(body)).body.accessToken;
    assert.equal(await isActive(server, organization.admin, token), true);
    const deleted = await v0('DELETE', `/client-credentials/${body.clientId}`);
    assert.deepEqual([deleted.status, deleted.text, deleted.headers.get('content-type')], [204, '', null]);
    assert.equal((await askForToken(body)).status, 401);
    assert.equal(await isActive(server, organization.admin, token), false);
    const native = nativeApi(server, organization);
    assert.equal((await native('GET', `/clients/${body.clientId}`)).status, 404);
    const platform = surfaceAt(server, '/platform/clientauth', organization);
    assert.ok(!(await platform('GET', '/credentials?limit=100')).text.includes(body.clientId));
  });

  it('deletes a client of another surface just so', async () => {
    const client = await createClient(server, organization.customerId, organization.token);
    assert.equal((await v0('DELETE', `/client-credentials/${client.clientId}`)).status, 204);
    await assert.rejects(server.token(client), /401/);
  });

  it('answers 404 in the same way for one that is unknown, foreign or gone', async () => {
    const stranger = await createOrganization(server);
    const gone = (await create()).body.clientId;
    await v0('DELETE', `/client-credentials/${gone}`);
    const credentialId = (await create()).body.credentialId;
    const answers = [];
    for (const id of [gone, stranger.admin.clientId, 'unknown', '%20', credentialId, "1'--"]) {
      const answer = await v0('DELETE', `/client-credentials/${encodeURIComponent(id)}`);
      const { traceId, ...body } = answer.body;
      assert.equal(traceId, answer.headers.get('x-request-id'));
      const { headers, status } = comparable(answer) as { headers: object; status: number };
      answers.push({ status, headers, body });
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.deepEqual(answers[0]?.body, { type: 'about:blank', title: 'Not Found', status: 404 });
    await server.token(stranger.admin);
  });
});
