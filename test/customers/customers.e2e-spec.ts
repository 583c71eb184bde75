import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.js';
import {
  clientBody,
  createClient,
  createOrganization,
  type TestOrganization,
  uniqueName,
} from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertError, callerWith, type NativeApi, nativeApi } from './support/native-api.js';

let server: TestServer;
let operator: { token: string };
let organization: TestOrganization;
let api: NativeApi;

before(async () => {
  server = await startServer();
  operator = { token: await server.operatorToken() };
  organization = await createOrganization(server);
  api = nativeApi(server, organization);
});
after(() => server.close());

const create = (json: object, token = operator.token) =>
  server.request('POST', '/oauth/customers', { token, json });

describe('POST /oauth/customers', () => {
  describe('201', () => {
    it('answers the customer object, with defaults for what was left out', async () => {
      const id = uniqueName('C');
      const { status, body } = await create({ id, tenants: ['b', 'a'] });
      assert.equal(status, 201);
      assert.deepEqual(body, {
        id,
        tenants: ['b', 'a'],
        description: null,
        customerSpecificRoles: [],
        customSettings: { jwtVersion: null },
        multitokenConfig: null,
        name: id,
        enabled: true,
        settings: {},
      });
      const read = await server.request('GET', `/oauth/customers/${id}`, operator);
      assert.deepEqual(read.body, body);
    });

    for (const multitokenConfig of [
      null,
      { clientCredentialsMultiTokenConfig: null },
      { clientCredentialsMultiTokenConfig: { maxActiveTokensAllowed: 200 } },
    ]) {
      it(`keeps the multi-token setting ${JSON.stringify(multitokenConfig)}`, async () => {
        const { body } = await create({ id: uniqueName('C'), multitokenConfig });
        assert.deepEqual(body.multitokenConfig, multitokenConfig);
        const read = await server.request('GET', `/oauth/customers/${body.id}`, operator);
        assert.deepEqual(read.body.multitokenConfig, multitokenConfig);
      });
    }
  });

  describe('400', () => {
    const refused: [string, object, RegExp][] = [
      ['an unknown field', { owner: 'x' }, /owner: is not a known field/],
      ['a missing id', { id: undefined }, /id: is required/],
      ['an id with a blank', { id: 'A B' }, /id: must be letters/],
      ['an id that is too long', { id: 'A'.repeat(65) }, /id: must have 1 to 64/],
      ['an id with NUL', { id: 'A\0' }, /id: /],
      ['a tenant that is no string', { tenants: [1] }, /tenants\[0\]: must be a string/],
      ['a tenant named twice', { tenants: ['a', 'a'] }, /tenants: must not have the same entry twice/],
      ['roles, which have their own route', { customerSpecificRoles: ['ROLE_X'] }, /customerSpecificRoles/],
      [
        'more than 200 active tokens',
        { multitokenConfig: { clientCredentialsMultiTokenConfig: { maxActiveTokensAllowed: 201 } } },
        /multitokenConfig\.clientCredentialsMultiTokenConfig\.maxActiveTokensAllowed: .*1 to 200/,
      ],
      [
        'a default lifetime above the ceiling',
        { settings: { accessTokenTtlSeconds: 3601 } },
        /settings\.accessTokenTtlSeconds: must be at most 3600/,
      ],
      [
        "a ceiling above the server's",
        { settings: { maxAccessTokenTtlSeconds: 43_201 } },
        /settings\.maxAccessTokenTtlSeconds: must be at most 43200/,
      ],
      ['an unknown algorithm', { settings: { accessTokenSigningAlg: 'HS256' } }, /accessTokenSigningAlg/],
    ];
    for (const [what, change, detail] of refused) {
      it(`refuses ${what}`, async () => {
        assertError(await create({ id: uniqueName('C'), ...change }), 400, detail);
      });
    }
  });

  it('403: is for operators alone', async () => {
    assertError(await create({ id: uniqueName('C') }, organization.token), 403, /does not entitle/);
  });

  it('409: refuses an id that is taken', async () => {
    assertError(await create({ id: organization.customerId }), 409, /taken/);
  });
});

describe('GET /oauth/customers', () => {
  it('answers an administrator its own customer alone', async () => {
    const { status, body } = await server.request('GET', '/oauth/customers', { token: organization.token });
    assert.equal(status, 200);
    assert.deepEqual(
      body.map(({ id }: { id: string }) => id),
      [organization.customerId],
    );
  });

  it('answers the operator all customers, page by page', async () => {
    const seen: string[] = [];
    let path: string | undefined = '/oauth/customers?limit=2';
    while (path) {
      const { body, headers } = await server.request('GET', path, operator);
      assert.ok(body.length <= 2);
      seen.push(...body.map(({ id }: { id: string }) => id));
      path = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    assert.ok(seen.length > 4, seen.join());
    assert.equal(new Set(seen).size, seen.length);
    assert.ok(seen.includes(organization.customerId) && seen.includes('PLATFORM'));
  });

  it('403: answers nothing to a client without a role', async () => {
    const nobody = await callerWith(server, organization, {});
    assertError(await server.request('GET', '/oauth/customers', nobody), 403, /entitle/);
  });
});

describe('PUT /oauth/customers/{customerId}', () => {
  it('replaces what an administrator may set; what is left out goes back to its default', async () => {
    const own = await createOrganization(server, { description: 'before' });
    const json = {
      name: 'New',
      customSettings: { jwtVersion: 'v2' },
      settings: { accessTokenTtlSeconds: 60, maxAccessTokenTtlSeconds: 7200 },
    };
    const { status, body } = await nativeApi(server, own)('PUT', '', { json });
    assert.equal(status, 200);
    assert.deepEqual(body, {
      id: own.customerId,
      tenants: ['tenant1', 'tenant2'],
      description: null,
      customerSpecificRoles: [],
      customSettings: { jwtVersion: 'v2' },
      multitokenConfig: null,
      name: 'New',
      enabled: true,
      settings: json.settings,
    });
    assert.deepEqual((await nativeApi(server, own)('GET', '')).body, body);
  });

  it('takes what GET answered', async () => {
    const { body } = await api('GET', '');
    const answer = await api('PUT', '', { json: body });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.body, body);
  });

  it('has its settings in force with the next token', async () => {
    const own = await createOrganization(server);
    const client = await createClient(server, own.customerId, own.token);
    await nativeApi(server, own)('PUT', '', { json: { settings: { accessTokenTtlSeconds: 77 } } });
    const answer = await server.request('POST', '/oauth/token', {
      basic: [client.clientId, client.secret],
      form: { grant_type: 'client_credentials' },
    });
    assert.equal(answer.body.expires_in, 77);
  });

  it('400: refuses another id, other tenants and other roles', async () => {
    const json = { id: 'OTHER', tenants: ['tenant1'], customerSpecificRoles: ['ROLE_X'] };
    const answer = await api('PUT', '', { json });
    assertError(answer, 400, /id: .*tenants: .*customerSpecificRoles: /);
  });

  it('409: an operator cannot suspend or delete the customer that it acts from', async () => {
    const suspended = await server.request('PUT', '/oauth/customers/PLATFORM', {
      ...operator,
      json: { enabled: false },
    });
    assertError(suspended, 409, /cannot delete or suspend/);
    assertError(await server.request('DELETE', '/oauth/customers/PLATFORM', operator), 409, /cannot/);
  });
});

describe('DELETE /oauth/customers/{customerId}', () => {
  it('403: is for operators alone', async () => {
    assertError(await api('DELETE', ''), 403, /entitle/);
  });

  it('removes everything of the customer, and what made strangers its administrators', async () => {
    const doomed = await createOrganization(server);
    const stranger = await createClient(server, organization.customerId, operator.token, {
      clientPermissions: { roles: { [`ROLE_ADMIN_CUSTOMER_${doomed.customerId}`]: [] } },
    });
    const token = await server.token(stranger);
    const path = `/oauth/customers/${doomed.customerId}`;
    assert.equal((await server.request('GET', `${path}/clients`, { token })).status, 200);

    const { status, body } = await server.request('DELETE', path, operator);
    assert.deepEqual({ status, body }, { status: 200, body: { status: 'success' } });

    assert.equal((await server.request('GET', path, operator)).status, 404);
    assert.equal((await server.request('GET', path, { token: doomed.token })).status, 401);
    const again = await server.token(stranger);
    assert.equal((await server.request('GET', path, { token: again })).status, 404);
    const read = await api('GET', `/clients/${stranger.clientId}`);
    assert.deepEqual(read.body.clientPermissions.roles, {});
  });

  it('leaves the id to a new customer, which other instances do not take for the old one', async () => {
    const other = await startServer({ sharing: server });
    try {
      const id = uniqueName('PHOENIX');
      const clients = `/oauth/customers/${id}/clients`;
      for (const life of ['first', 'second']) {
        assert.equal((await create({ id, name: life })).status, 201);
        // The operator is asked which customer it is; the other instance may believe for a moment that it is the old one.
        await eventually(1_000, async () => {
          const created = await other.request('POST', clients, { ...operator, json: [clientBody()] });
          assert.equal(created.status, 200, `${life}: ${created.text}`);
        });
        assert.equal((await server.request('GET', clients, operator)).body.length, 1, life);
        await server.request('DELETE', `/oauth/customers/${id}`, operator);
        assert.equal((await server.request('GET', clients, operator)).status, 404, life);
      }
    } finally {
      await other.close();
    }
  });
});
