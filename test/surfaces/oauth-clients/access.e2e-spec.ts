import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../../support/server.js';
import { createOAuthClient, oauthClientBody, patch, scopedClient } from './support.js';

let server: TestServer;
let organization: TestOrganization;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server, {
    settings: { adminRateLimit: { requests: 10_000, seconds: 10 } },
  });
});
after(() => server.close());

/** What the bearer of a token is answered by each operation. */
async function statusesFor(token: string): Promise<Record<string, number>> {
  const { clientId } = await createOAuthClient(server, organization.token);
  const path = `/oauth-clients/${clientId}`;
  const created = await server.request('POST', '/oauth-clients', { token, json: oauthClientBody() });
  const listed = await server.request('GET', '/oauth-clients', { token });
  const got = await server.request('GET', path, { token });
  const patched = await patch(server, token, clientId, [{ op: 'replace', path: '/name', value: 'x' }]);
  const deleted = await server.request('DELETE', path, { token });
  return {
    create: created.status,
    list: listed.status,
    get: got.status,
    patch: patched.status,
    delete: deleted.status,
  };
}

const all = { create: 200, list: 200, get: 200, patch: 200, delete: 204 };
const readOnly = { create: 403, list: 200, get: 200, patch: 403, delete: 403 };
const nothing = { create: 403, list: 403, get: 403, patch: 403, delete: 403 };

function native(path: string): string {
  return `/oauth/customers/${organization.customerId}${path}`;
}

/** What a native client is at the moment, with one field changed. */
async function nativeBody(clientId: string, changes: object): Promise<object> {
  const { body } = await server.request('GET', native(`/clients/${clientId}`), { token: organization.token });
  return { ...body, ...changes };
}

describe('who may do what on /oauth-clients', () => {
  const cases: readonly [what: string, scope: readonly string[], expected: object][] = [
    ['sp:oauth-client:manage', ['sp:oauth-client:manage'], all],
    ['sp:oauth-client:read', ['sp:oauth-client:read'], readOnly],
    ['sp:scopes:all of an administrator', ['sp:scopes:all'], all],
    ['another scope', ['idn:sources:manage'], nothing],
    ['no scope', [], nothing],
  ];
  for (const [what, scope, expected] of cases) {
    it(`a client with ${what}`, async () => {
      const client = await scopedClient(server, organization, scope);
      assert.deepEqual(await statusesFor(await server.token(client)), expected);
    });
  }

  it('ROLE_ADMIN_CUSTOMER may do all, ROLE_AUDITOR may read', async () => {
    assert.deepEqual(await statusesFor(organization.token), all);
    const auditor = await createClient(server, organization.customerId, organization.token, {
      clientPermissions: { roles: { ROLE_AUDITOR: [] } },
    });
    assert.deepEqual(await statusesFor(await server.token(auditor)), readOnly);
  });

  it('only the scopes that the token has count', async () => {
    const client = await scopedClient(server, organization, [
      'sp:oauth-client:manage',
      'sp:oauth-client:read',
    ]);
    const token = await server.token(client, { scope: 'sp:oauth-client:read' });
    assert.deepEqual(await statusesFor(token), readOnly);
  });
});

describe('the rights of a client made here', () => {
  it('are those of the owner who created it, never more', async () => {
    const manager = await scopedClient(server, organization, ['sp:oauth-client:manage']);
    const managerToken = await server.token(manager);
    const child = await createOAuthClient(server, managerToken);
    const childToken = await server.token(child);
    assert.deepEqual(await statusesFor(childToken), all);
    for (const token of [managerToken, childToken]) {
      assert.equal((await server.request('GET', native('/tenants'), { token })).status, 403);
    }
    const ofAdmin = await createOAuthClient(server, organization.token);
    const token = await server.token(ofAdmin);
    assert.equal((await server.request('GET', native('/tenants'), { token })).status, 200);
  });

  it('leave out scopes that the owner lacks, which are stored all the same', async () => {
    const reader = await scopedClient(server, organization, ['sp:oauth-client:manage', 'demo:read']);
    const scope = ['demo:read', 'demo:write', 'sp:oauth-client:read'];
    const child = await createOAuthClient(server, await server.token(reader), { scope });
    const { token } = organization;
    const stored = await server.request('GET', `/oauth-clients/${child.clientId}`, { token });
    assert.deepEqual(stored.body.scope, scope);
    const answer = await requestToken(child);
    assert.equal(answer.body.scope, 'demo:read sp:oauth-client:read');
    assert.equal((await requestToken(child, { scope: 'demo:write' })).body.error, 'invalid_scope');
  });

  it('have no roles of their own', async () => {
    const child = await createOAuthClient(server, organization.token, { scope: ['demo:read'] });
    const token = await server.token(child);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
    assert.deepEqual(claims.roles, {});
    assert.deepEqual(await statusesFor(token), nothing);
  });

  it('end with those of the owner, at once', async () => {
    const manager = await scopedClient(server, organization, ['sp:oauth-client:manage']);
    const child = await createOAuthClient(server, await server.token(manager));
    const token = await server.token(child);
    const list = (bearer: string) => server.request('GET', '/oauth-clients', { token: bearer });
    assert.equal((await list(token)).status, 200);
    const disabled = await patch(server, organization.token, manager.clientId, [
      { op: 'replace', path: '/enabled', value: false },
    ]);
    assert.equal(disabled.status, 200, disabled.text);
    assert.notEqual((await list(token)).status, 200);
    assert.equal((await requestToken(child)).body.scope, undefined);
    await server.request('DELETE', `/oauth-clients/${manager.clientId}`, { token: organization.token });
    assert.equal((await requestToken(child)).body.scope, undefined);
  });

  it('do not reach into another organization', async () => {
    const stranger = await createOrganization(server);
    const child = await createOAuthClient(server, organization.token);
    const token = await server.token(child);
    const path = `/oauth/customers/${stranger.customerId}/clients`;
    assert.equal((await server.request('GET', path, { token })).status, 404);
  });
});

describe('a client that may only manage clients', () => {
  let manager: TestClient;
  let token: string;
  before(async () => {
    manager = await scopedClient(server, organization, ['sp:oauth-client:manage']);
    token = await server.token(manager);
  });

  it('cannot give itself the scope of all rights', async () => {
    const json = await nativeBody(manager.clientId, { scope: ['sp:oauth-client:manage', 'sp:scopes:all'] });
    const answer = await server.request('PUT', native(`/clients/${manager.clientId}`), { token, json });
    assert.equal(answer.status, 403, answer.text);
    assert.match(answer.body.errorDetailMessage, /sp:scopes:all is beyond that/);
    const byAdmin = await server.request('PUT', native(`/clients/${manager.clientId}`), {
      token: organization.token,
      json,
    });
    assert.equal(byAdmin.status, 200, byAdmin.text);
    const { scope: _, ...back } = json as { scope: unknown };
    await server.request('PUT', native(`/clients/${manager.clientId}`), {
      token: organization.token,
      json: { ...back, scope: ['sp:oauth-client:manage'] },
    });
    token = await server.token(manager);
  });

  it('cannot learn a secret of a client that has the rights of an administrator', async () => {
    const powerful = await createOAuthClient(server, organization.token);
    const path = native(`/clients/${powerful.clientId}/credentials`);
    const issued = await server.request('POST', path, { token, json: {} });
    assert.equal(issued.status, 403, issued.text);
    const { body } = await server.request('GET', path, { token });
    const rotated = await server.request('POST', `${path}/${body[0].credentialId}/rotate`, {
      token,
      json: {},
    });
    assert.equal(rotated.status, 403, rotated.text);
  });

  it('may handle the secrets of clients that may do no more than itself', async () => {
    const own = await createOAuthClient(server, token);
    const reader = await createOAuthClient(server, organization.token, { scope: ['sp:oauth-client:read'] });
    for (const { clientId } of [own, reader]) {
      const path = native(`/clients/${clientId}/credentials`);
      const issued = await server.request('POST', path, { token, json: {} });
      assert.equal(issued.status, 201, issued.text);
    }
  });

  it('cannot create a client with a role over the native API', async () => {
    const answer = await server.request('POST', native('/clients'), {
      token,
      json: {
        clientId: 'would_be_admin',
        authorizedGrantTypes: ['client_credentials'],
        clientAuthenticationMethods: ['client_secret_basic'],
        clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
      },
    });
    assert.equal(answer.status, 403, answer.text);
  });
});

function requestToken(
  { clientId, secret }: TestClient,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return server.request('POST', '/oauth/token', {
    basic: [clientId, secret],
    form: { grant_type: 'client_credentials', ...parameters },
  });
}
