import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { callerWith, comparable, createRole, nativeApi } from '../../customers/support/native-api.js';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { callerWithScopes, type Surface, surfaceAt } from '../../support/surfaces.js';

const write = 'credentials:clientauth:write';
const read = 'credentials:clientauth:read';
const path = '/platform/clientauth/credentials';
const json = { name: 'string' };

let server: TestServer;
let organization: TestOrganization;
let platform: Surface;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  platform = surfaceAt(server, '/platform/clientauth', organization);
});
after(() => server.close());

async function someCredentialId(): Promise<string> {
  return (await platform('POST', '/credentials', { json })).body.credential.id;
}

/** What a token may do here: create, list, revoke. */
async function statuses(token: string): Promise<number[]> {
  const id = await someCredentialId();
  return [
    (await platform('POST', '/credentials', { token, json })).status,
    (await platform('GET', '/credentials', { token })).status,
    (await platform('POST', `/credentials/${id}/revoke`, { token })).status,
  ];
}

describe('who may use /platform/clientauth/credentials', () => {
  it('with the write scope: create and revoke', async () => {
    assert.deepEqual(
      await statuses((await callerWithScopes(server, organization, [write])).token),
      [200, 403, 200],
    );
  });

  it('with the read scope: list', async () => {
    assert.deepEqual(
      await statuses((await callerWithScopes(server, organization, [read])).token),
      [403, 200, 403],
    );
  });

  it('with the scopes that the token has, not with all that the client may have', async () => {
    const both = await callerWithScopes(server, organization, [read, write]);
    assert.deepEqual(await statuses(both.token), [200, 200, 200]);
    assert.deepEqual(await statuses(await server.token(both, { scope: read })), [403, 200, 403]);
  });

  it('with a role that has the permission on credentials', async () => {
    const role = await createRole(nativeApi(server, organization), {
      'customer.clients.credentials': ['CREATE', 'READ'],
    });
    assert.deepEqual(
      await statuses((await callerWith(server, organization, { [role]: [] })).token),
      [200, 200, 403],
    );
  });

  it('as an administrator, and as an auditor only to look', async () => {
    assert.deepEqual(await statuses(organization.token), [200, 200, 200]);
    const auditor = await callerWith(server, organization, { ROLE_AUDITOR: [] });
    assert.deepEqual(await statuses(auditor.token), [403, 200, 403]);
  });

  it('not with ROLE_API, nor with the scopes of others', async () => {
    const api = await createClient(server, organization.customerId, organization.token, { scope: ['read'] });
    assert.deepEqual(await statuses(await server.token(api)), [403, 403, 403]);
  });

  it('only as far as the owner of the client may at that moment', async () => {
    const native = nativeApi(server, organization);
    const role = await createRole(native, {
      'customer.clients': ['CREATE', 'READ', 'UPDATE'],
      'customer.clients.credentials': ['READ'],
    });
    const owner = await callerWith(server, organization, { [role]: [] });
    const owned = await createClient(server, organization.customerId, owner.token, {
      scope: [read, write],
      defaultRolesAssignmentEnabled: false,
    });
    const token = await server.token(owned);
    // The owner may not revoke, so neither may its client.
    assert.deepEqual(await statuses(token), [200, 200, 403]);
    const shown = (await native('GET', `/clients/${owner.clientId}`)).body;
    await native('PUT', `/clients/${owner.clientId}`, {
      json: { ...shown, clientPermissions: { roles: {} } },
    });
    assert.deepEqual(await statuses(token), [401, 401, 401], 'the token outlived the rights of the owner');
    assert.deepEqual(await statuses(await server.token(owned)), [403, 403, 403]);
  });
});

describe('X-API-Key', () => {
  const withKey = (key: string, options = {}) =>
    server.request('GET', path, { headers: { 'x-api-key': key }, ...options });

  it('carries the same access token, bare', async () => {
    const answer = await withKey(organization.token);
    assert.equal(answer.status, 200, answer.text);
    const created = await server.request('POST', path, {
      json,
      headers: { 'x-api-key': organization.token },
    });
    assert.equal(created.status, 200, created.text);
  });

  it('is refused beside an Authorization header, whatever the two hold', async () => {
    for (const key of [organization.token, 'nonsense', '']) {
      const answer = await withKey(key, { token: organization.token });
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.body.details, /one header only/);
    }
  });

  it('is refused when it holds anything but a live token', async () => {
    const { admin } = organization;
    for (const key of [`Bearer ${organization.token}`, `${organization.token}x`, 'x', '', admin.secret]) {
      const answer = await withKey(key);
      assert.equal(answer.status, 401, `"${key.slice(0, 20)}": ${answer.text}`);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
    }
  });

  it('counts on this surface alone', async () => {
    for (const elsewhere of [
      `/oauth/customers/${organization.customerId}/clients`,
      '/api/v0/client-credentials',
    ]) {
      const answer = await server.request('GET', elsewhere, { headers: { 'x-api-key': organization.token } });
      assert.equal(answer.status, 401, elsewhere);
    }
  });

  it('stands in the OpenAPI document as a way to authenticate', async () => {
    const { body } = await server.request('GET', '/openapi/platform-clientauth.json');
    assert.ok(body.paths[path].get.security.some((scheme: object) => 'apiKey' in scheme));
    const { type, in: place, name } = body.components.securitySchemes.apiKey;
    assert.deepEqual([type, place, name], ['apiKey', 'header', 'X-API-Key']);
  });
});

describe('what a caller can make of its rights', () => {
  it('is no client that may do more than nothing on any surface', async () => {
    const caller = await callerWithScopes(server, organization, [write]);
    const { body } = await platform('POST', '/credentials', { token: caller.token, json });
    const token = await server.token({ clientId: body.credential.client_id, secret: body.client_secret });
    assert.deepEqual(await statuses(token), [403, 403, 403]);
    const below = `/oauth/customers/${organization.customerId}`;
    for (const elsewhere of [below, `${below}/clients`, `${below}/tenants`, '/api/v0/client-credentials']) {
      assert.equal((await server.request('GET', elsewhere, { token })).status, 403, elsewhere);
    }
  });

  it('is no secret for a client that may do more than the caller', async () => {
    const caller = await callerWithScopes(server, organization, [write]);
    const native = nativeApi(server, organization);
    const powerful = await callerWithScopes(server, organization, [read, write, 'client-credentials:write']);
    for (const { clientId } of [organization.admin, powerful]) {
      const answer = await native('POST', `/clients/${clientId}/credentials`, {
        token: caller.token,
        json: {},
      });
      assert.equal(answer.status, 403, `${clientId}: ${answer.text}`);
    }
  });
});

describe('the organization', () => {
  it('is the caller’s own: two organizations see nothing of each other', async () => {
    const stranger = await createOrganization(server);
    const there = surfaceAt(server, '/platform/clientauth', stranger);
    const { body } = await there('POST', '/credentials', { json: { name: 'of the stranger' } });
    const listed = await platform('GET', '/credentials?limit=100');
    assert.ok(!listed.text.includes(body.credential.id));
    assert.ok((await there('GET', '/credentials')).text.includes(body.credential.id));
    const asStranger = { token: stranger.token };
    const own = await someCredentialId();
    const foreign = await platform('POST', `/credentials/${own}/revoke`, asStranger);
    const missing = await platform('POST', `/credentials/${randomUUID()}/revoke`, asStranger);
    assert.deepEqual(comparable(foreign), comparable(missing));
  });

  it('is out of business at once when it is suspended', async () => {
    const suspended = await createOrganization(server);
    const at = surfaceAt(server, '/platform/clientauth', suspended);
    const { body } = await at('POST', '/credentials', { json });
    const mint = () =>
      at('POST', '/token', {
        json: { client_id: body.credential.client_id, client_secret: body.client_secret, subject: 'x' },
      });
    assert.equal((await mint()).status, 200);
    const operator = { token: await server.operatorToken() };
    const shown = await server.request('GET', `/oauth/customers/${suspended.customerId}`, operator);
    await server.request('PUT', `/oauth/customers/${suspended.customerId}`, {
      ...operator,
      json: { ...shown.body, enabled: false },
    });
    assert.equal((await mint()).status, 401);
    assert.equal((await at('GET', '/credentials')).status, 401);
  });
});
