import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  clientBody,
  createClient,
  createOrganization,
  type TestOrganization,
  uniqueName,
} from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { askForToken, assertError, isActive, type NativeApi, nativeApi } from './support/native-api.js';

let server: TestServer;
let organization: TestOrganization;
let api: NativeApi;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  api = nativeApi(server, organization);
});
after(() => server.close());

const newClient = (overrides: Record<string, unknown> = {}) =>
  createClient(server, organization.customerId, organization.token, overrides);

describe('GET /oauth/customers/{customerId}/clients', () => {
  it('pages through more than 250 clients in the order of their creation, each exactly once, no secret', async () => {
    const own = await createOrganization(server);
    const clients = nativeApi(server, own);
    const ids = Array.from({ length: 300 }, (_, index) => uniqueName(`page${index}`));
    for (const part of [ids.slice(0, 150), ids.slice(150)]) {
      const json = part.map((clientId) => clientBody({ clientId }));
      assert.equal((await clients('POST', '/clients', { json })).status, 200);
    }
    const seen: string[] = [];
    const sizes: number[] = [];
    let path: string | undefined = `/oauth/customers/${own.customerId}/clients?limit=120`;
    while (path) {
      const { body, headers, text } = await server.request('GET', path, { token: own.token });
      assert.ok(Array.isArray(body));
      assert.doesNotMatch(text, /clientSecret|cls_/);
      sizes.push(body.length);
      seen.push(...body.map(({ clientId }) => clientId));
      path = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    assert.deepEqual(sizes, [120, 120, 61]);
    assert.deepEqual(seen, [own.admin.clientId, ...ids]);
  });

  it('answers 100 without a limit, and at most 250', async () => {
    const { body } = await api('GET', '/clients');
    assert.ok(body.length <= 100);
    assert.equal((await api('GET', '/clients?limit=250')).status, 200);
  });

  it('400: refuses a bad limit and a cursor that is not ours', async () => {
    for (const limit of ['0', '-1', '251', 'abc', '1.5', '', '99999999999999999999', '1&limit=2']) {
      assertError(await api('GET', `/clients?limit=${limit}`), 400, /limit/);
    }
    const forged = Buffer.from("1~' or 1=1").toString('base64url');
    for (const cursor of ['x', '', forged, 'a'.repeat(300)]) {
      assertError(await api('GET', `/clients?cursor=${cursor}`), 400, /cursor/);
    }
  });
});

describe('GET /oauth/customers/{customerId}/clients/{clientId}', () => {
  it('never answers the secret again', async () => {
    const client = await newClient({ clientSecret: 'a secret that was chosen' });
    const { status, text } = await api('GET', `/clients/${client.clientId}`);
    assert.equal(status, 200);
    assert.doesNotMatch(text, /[sS]ecret":|chosen|hash|cls_/);
  });
});

describe('PUT /oauth/customers/{customerId}/clients/{clientId}', () => {
  it('replaces everything but the secret', async () => {
    const client = await newClient({ clientName: 'before', scope: ['a'], accessTokenValidity: 60 });
    const json = clientBody({ clientId: client.clientId, clientDescription: 'after' });
    const { status, body, text } = await api('PUT', `/clients/${client.clientId}`, { json });
    assert.equal(status, 200);
    assert.equal(body.clientName, null);
    assert.deepEqual(body.scope, []);
    assert.equal(body.accessTokenValidity, null);
    assert.equal(body.clientDescription, 'after');
    assert.doesNotMatch(text, /clientSecret/);
    assert.deepEqual((await api('GET', `/clients/${client.clientId}`)).body, body);
    assert.equal((await askForToken(server, client)).status, 200);
  });

  it('takes what GET answered', async () => {
    const client = await newClient({ clientPermissions: { roles: { ROLE_USER: ['tenant1'] } } });
    const { body } = await api('GET', `/clients/${client.clientId}`);
    const answer = await api('PUT', `/clients/${client.clientId}`, { json: body });
    assert.deepEqual(answer.body, body);
  });

  it('keeps tokens when nothing of roles and secret changes', async () => {
    const client = await newClient({ clientPermissions: { roles: { ROLE_USER: ['tenant1', 'tenant2'] } } });
    const token = await server.token(client);
    const json = clientBody({
      clientId: client.clientId,
      clientName: 'renamed',
      clientPermissions: { roles: { ROLE_USER: ['tenant2', 'tenant1'] } },
    });
    assert.equal((await api('PUT', `/clients/${client.clientId}`, { json })).status, 200);
    assert.equal(await isActive(server, organization.admin, token), true);
  });

  for (const [what, change] of [
    ['a role is added', { clientPermissions: { roles: { ROLE_USER: ['tenant1'] } } }],
    ['ROLE_API is taken away', { defaultRolesAssignmentEnabled: false }],
    ['the secret changes', { clientSecret: 'another secret entirely' }],
  ] as const) {
    it(`ends the tokens when ${what}`, async () => {
      const client = await newClient();
      const token = await server.token(client);
      const json = clientBody({ clientId: client.clientId, ...change });
      assert.equal((await api('PUT', `/clients/${client.clientId}`, { json })).status, 200);
      assert.equal(await isActive(server, organization.admin, token), false);
    });
  }

  it('makes a new secret the only one', async () => {
    const client = await newClient();
    const json = clientBody({ clientId: client.clientId, clientSecret: 'another secret entirely' });
    assert.equal((await api('PUT', `/clients/${client.clientId}`, { json })).status, 200);
    assert.equal((await askForToken(server, client)).status, 401);
    assert.equal(
      (await askForToken(server, { ...client, secret: json['clientSecret'] as string })).status,
      200,
    );
  });

  it('400: refuses a body that names another client', async () => {
    const client = await newClient();
    const json = clientBody({ clientId: organization.admin.clientId });
    assertError(
      await api('PUT', `/clients/${client.clientId}`, { json }),
      400,
      /clientId: must be the clientId/,
    );
  });

  it('404: does not create', async () => {
    const json = clientBody();
    assertError(await api('PUT', `/clients/${json['clientId']}`, { json }), 404, /client does not exist/);
  });
});

describe('PUT /oauth/customers/{customerId}/clients', () => {
  it('replaces all of the array, in its order', async () => {
    const clients = [await newClient(), await newClient()];
    const json = clients.map(({ clientId }, index) => clientBody({ clientId, clientName: `n${index}` }));
    const { status, body } = await api('PUT', '/clients', { json: json.toReversed() });
    assert.equal(status, 200);
    assert.deepEqual(
      body.map(({ clientName }: { clientName: string }) => clientName),
      ['n1', 'n0'],
    );
  });

  it('replaces nothing when one element is bad', async () => {
    const first = await newClient({ clientName: 'before' });
    const second = await newClient();
    const stranger = await createOrganization(server);
    const good = clientBody({ clientId: first.clientId, clientName: 'after' });
    const cases: [object, number, RegExp][] = [
      [
        clientBody({ clientId: second.clientId, accessTokenValidity: 9999 }),
        400,
        /\[1\]\.accessTokenValidity/,
      ],
      [clientBody(), 404, /does not exist/],
      [clientBody({ clientId: stranger.admin.clientId }), 404, /does not exist/],
      [clientBody({ clientId: first.clientId }), 400, /\[1\]\.clientId: must not repeat/],
    ];
    for (const [bad, status, detail] of cases) {
      assertError(await api('PUT', '/clients', { json: [good, bad] }), status, detail);
    }
    const { body } = await api('GET', `/clients/${first.clientId}`);
    assert.equal(body.clientName, 'before');
  });

  it('400: takes an array only', async () => {
    const { clientId } = await newClient();
    assertError(await api('PUT', '/clients', { json: clientBody({ clientId }) }), 400, /array/);
  });
});

describe('DELETE /oauth/customers/{customerId}/clients/{clientId}', () => {
  it('answers success, then 404; the id can be taken again and has none of the old tokens', async () => {
    const client = await newClient();
    const token = await server.token(client);
    const { status, body } = await api('DELETE', `/clients/${client.clientId}`);
    assert.deepEqual({ status, body }, { status: 200, body: { status: 'success' } });
    assertError(await api('DELETE', `/clients/${client.clientId}`), 404, /does not exist/);
    await newClient({ clientId: client.clientId });
    assert.equal(await isActive(server, organization.admin, token), false);
    assert.equal((await askForToken(server, client)).status, 401);
  });
});

describe('PUT /oauth/customers/{customerId}/clients/{clientId}/revoketokens', () => {
  it('ends every token at once; new ones can be had', async () => {
    const client = await newClient();
    const tokens = [await server.token(client), await server.token(client)];
    const { status, body } = await api('PUT', `/clients/${client.clientId}/revoketokens`);
    assert.deepEqual({ status, body }, { status: 200, body: { status: 'success' } });
    for (const token of tokens) assert.equal(await isActive(server, organization.admin, token), false);
    assert.equal(await isActive(server, organization.admin, await server.token(client)), true);
  });
});
