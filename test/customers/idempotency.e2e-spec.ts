import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clientBody, createOrganization, type TestOrganization, uniqueName } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertError, callerWith, type NativeApi, nativeApi } from './support/native-api.js';

let server: TestServer;
let organization: TestOrganization;
let api: NativeApi;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  api = nativeApi(server, organization);
});
after(() => server.close());

const withKey = (key: string, json: unknown, token = organization.token) =>
  api('POST', '/clients', { token, json, headers: { 'Idempotency-Key': key } });
const isReplay = ({ headers }: Answer) => headers.get('idempotency-replayed') === 'true';
const clientsNamed = async (clientName: string) =>
  Number(
    (await server.database.query('select count(*) from client where name = $1', [clientName]))[0]?.['count'],
  );

describe('Idempotency-Key', () => {
  it('answers the same key with the same body the same, the secret included, and creates once', async () => {
    const key = uniqueName('key');
    const clientName = uniqueName('name');
    const json = [clientBody({ clientName })];
    const first = await withKey(key, json);
    const second = await withKey(key, json);
    assert.equal(first.status, 200);
    assert.equal(second.status, 200);
    assert.deepEqual([isReplay(first), isReplay(second)], [false, true]);
    assert.equal(second.text, first.text);
    assert.equal(second.headers.get('cache-control'), 'no-store');
    assert.equal(await clientsNamed(clientName), 1);
  });

  it('creates once when ten ask at once, and answers all of them the same', async () => {
    const key = uniqueName('key');
    const clientName = uniqueName('name');
    const json = clientBody({ clientName });
    const answers = await Promise.all(Array.from({ length: 10 }, () => withKey(key, json)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      Array(10).fill(200),
    );
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    assert.equal(answers.filter(isReplay).length, 9);
    assert.equal(await clientsNamed(clientName), 1);
  });

  it('422: refuses the same key with another body, and for another operation', async () => {
    const key = uniqueName('key');
    const json = clientBody();
    await withKey(key, json);
    assertError(
      await withKey(key, { ...json, clientName: 'x' }),
      422,
      /Idempotency-Key was used with another/,
    );
    const elsewhere = await api('POST', '/tenants', {
      json: { tenantId: 'x' },
      headers: { 'Idempotency-Key': key },
    });
    assertError(elsewhere, 422, /Idempotency-Key/);
  });

  it('belongs to its caller: another one may use the same', async () => {
    const key = uniqueName('key');
    const { token } = await callerWith(server, organization, { ROLE_ADMIN_CUSTOMER: [] });
    await withKey(key, clientBody());
    const other = await withKey(key, clientBody(), token);
    assert.deepEqual([other.status, isReplay(other)], [200, false]);
  });

  it('remembers no failure: what was refused can be mended under the same key', async () => {
    const key = uniqueName('key');
    assertError(await withKey(key, [clientBody({ accessTokenValidity: 9999 })]), 400, /accessTokenValidity/);
    assertError(await withKey(key, [clientBody({ clientId: organization.admin.clientId })]), 409, /taken/);
    const mended = await withKey(key, [clientBody()]);
    assert.deepEqual([mended.status, isReplay(mended)], [200, false]);
  });

  it('400: refuses a key that is none', async () => {
    for (const key of ['a b', 'x'.repeat(256), 'ü']) {
      assertError(await withKey(key, clientBody()), 400, /Idempotency-Key: must be 1 to 255/);
    }
  });

  it('403: gives no answer to a caller that lost the right meanwhile', async () => {
    const key = uniqueName('key');
    const caller = await callerWith(server, organization, { ROLE_ADMIN_USER: [] });
    const json = clientBody();
    await withKey(key, json, caller.token);
    const roles = clientBody({
      clientId: caller.clientId,
      clientPermissions: { roles: { ROLE_AUDITOR: [] } },
    });
    await api('PUT', `/clients/${caller.clientId}`, { json: roles });
    assertError(await withKey(key, json, await server.token(caller)), 403, /entitle/);
  });

  it('is honoured by every create', async () => {
    const client = (await api('POST', '/clients', { json: clientBody() })).body;
    const path = `/clients/${client.clientId}/credentials`;
    const { credentialId } = (await api('GET', path)).body[0];
    const own = `/oauth/customers/${organization.customerId}`;
    const operatorToken = await server.operatorToken();
    const creates: [path: string, json: object, token: string][] = [
      ['/oauth/customers', { id: uniqueName('C') }, operatorToken],
      [`${own}/tenants`, { tenantId: uniqueName('t') }, organization.token],
      [
        `${own}/roles/permissions`,
        { roleName: uniqueName('ROLE'), servicePermissions: [] },
        organization.token,
      ],
      [`${own}${path}`, { name: 'second' }, organization.token],
      [`${own}${path}/${credentialId}/rotate`, { overlapSeconds: 60 }, organization.token],
      ['/oauth/signing-keys', { alg: 'EdDSA' }, operatorToken],
    ];
    for (const [at, json, token] of creates) {
      const options = { json, token, headers: { 'Idempotency-Key': uniqueName('key') } };
      const first = await server.request('POST', at, options);
      const second = await server.request('POST', at, options);
      assert.deepEqual([first.status, second.status], [201, 201], `${at} ${second.text}`);
      assert.deepEqual([isReplay(first), isReplay(second), second.text], [false, true, first.text], at);
    }
  });

  it('keeps nothing readable of secrets in the database', async () => {
    const { text } = await withKey(uniqueName('key'), clientBody({ clientSecret: 'kept nowhere readable' }));
    assert.match(text, /kept nowhere readable/);
    const rows = await server.database.query('select t::text as row from idempotency_key t');
    assert.ok(rows.length > 0);
    assert.doesNotMatch(JSON.stringify(rows), /kept nowhere readable|cls_[0-9A-Za-z]{43}/);
  });
});

describe('the window of an Idempotency-Key', () => {
  it('answers without the secret after ten minutes, in the same order, and creates anew after a day', async () => {
    const own = await startServer();
    try {
      const its = await createOrganization(own);
      const json = clientBody();
      const options = { json, headers: { 'Idempotency-Key': 'one' } };
      const first = await nativeApi(own, its)('POST', '/clients', options);
      own.advanceClock(601);
      const later = await nativeApi(own, its)('POST', '/clients', options);
      assert.equal(later.status, 200);
      assert.ok(isReplay(later));
      const { clientSecret: _, ...withoutSecret } = first.body;
      assert.equal(later.text, JSON.stringify(withoutSecret));

      own.advanceClock(86_400);
      const token = await own.token(its.admin);
      const expired = await nativeApi(own, its)('POST', '/clients', { ...options, token });
      assertError(expired, 409, /taken/);
    } finally {
      await own.close();
    }
  });
});
