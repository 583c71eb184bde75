import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { askToken, assertError, clientBody, createSetup, momentIn, type TestSetup } from './support.js';

let server: TestServer;
let organization: TestOrganization;
let setup: TestSetup;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  setup = await createSetup(server, organization);
});
after(() => server.close());

/** Declares scopes in a setup. @returns the path of the resource server */
async function declare(where: TestSetup, ...scopes: unknown[]): Promise<string> {
  const created = await where.send('POST', '/resource-servers', { json: { name: 'R', scopes } });
  assert.equal(created.status, 201, created.text);
  return `/resource-servers/${created.body.resourceServerId}`;
}

describe('…/resource-servers', () => {
  it('are created, read, listed, replaced and deleted', async () => {
    const own = await createSetup(server, organization);
    const sent = {
      name: 'Orders',
      owner: 'shop-team',
      comment: 'The shop',
      metadata: [{ name: 'stage', locale: 'en', value: 'test' }],
      scopes: ['orders:read', { name: 'orders:write', description: 'Change orders' }],
      scope_policies: { scope_policy_authorization_code: 'consent_required' },
    };
    const created = await own.send('POST', '/resource-servers', { json: sent });
    assert.equal(created.status, 201);
    assert.deepEqual(Object.keys(created.body), ['resourceServerId']);
    const { resourceServerId } = created.body;
    assert.match(resourceServerId, /^[0-9a-f]{32}$/);
    const path = `/resource-servers/${resourceServerId}`;
    assert.deepEqual((await own.send('GET', path)).body, sent);
    assert.deepEqual((await own.send('GET', '/resource-servers')).body, {
      resourceServerIds: [resourceServerId],
    });
    const replaced = await own.send('PUT', path, { json: { name: 'Renamed' } });
    assert.equal(replaced.status, 200);
    assert.deepEqual(replaced.body, { name: 'Renamed', metadata: [], scopes: [] });
    assert.equal((await own.send('DELETE', path)).status, 204);
    assertError(await own.send('GET', path), 404, 'RESOURCE_SERVER_NOT_FOUND');
  });

  it('declare the scopes that clients may have', async () => {
    await declare(setup, 'a:read', 'a:write');
    const one = await setup.createClient({ scopes: ['a:read'] });
    assert.equal((await askToken(server, one)).body.scope, 'a:read');
    assert.equal((await askToken(server, one, { scope: 'a:write' })).body.error, 'invalid_scope');
  });

  it('give a client that names no scopes all that are declared, at once also those of later', async () => {
    const own = await createSetup(server, organization);
    await declare(own, 'b:read');
    const client = await own.createClient();
    assert.equal((await askToken(server, client)).body.scope, 'b:read');
    await declare(own, 'b:write');
    const { scope } = (await askToken(server, client)).body;
    assert.deepEqual(scope.split(' ').sort(), ['b:read', 'b:write']);
    assert.equal((await askToken(server, client, { scope: 'b:write' })).body.scope, 'b:write');
  });

  it('do not declare for other setups', async () => {
    const own = await createSetup(server, organization);
    await declare(own, 'c:read');
    const answer = await setup.send('POST', '/clients', { json: clientBody({ scopes: ['c:read'] }) });
    assertError(answer, 400, 'MALFORMED_PAYLOAD', /scopes\[0\]/);
    assertError(await setup.send('GET', await declare(own)), 404, 'RESOURCE_SERVER_NOT_FOUND');
  });

  it('keep what clients have, or are planned to', async () => {
    const own = await createSetup(server, organization);
    const path = await declare(own, 'd:read', 'd:write', 'd:more');
    const client = await own.createClient({ scopes: ['d:read'] });
    const json = clientBody({ scopes: ['d:write'], valid_from: momentIn(600) });
    assert.equal((await own.send('PUT', `/clients/${client.id}`, { json })).status, 200);
    assertError(await own.send('DELETE', path), 403, 'DELETE_FORBIDDEN');
    for (const scopes of [['d:write'], ['d:read']]) {
      const answer = await own.send('PUT', path, { json: { name: 'R', scopes } });
      assertError(answer, 400, 'MALFORMED_PAYLOAD', /scopes: must go on declaring d:/);
    }
    const fewer = await own.send('PUT', path, { json: { name: 'R', scopes: ['d:read', 'd:write'] } });
    assert.equal(fewer.status, 200, fewer.text);
    await declare(own, 'd:read', 'd:write');
    assert.equal((await own.send('DELETE', path)).status, 204, 'another one declares them too');
  });

  const refusals: [title: string, body: unknown, rule: RegExp][] = [
    ['no name', {}, /name: is required/],
    ['a scope with a blank', { name: 'R', scopes: ['a b'] }, /scopes\[0\]: must be a scope token/],
    [
      'a scope of the server itself',
      { name: 'R', scopes: ['sp:scopes:all'] },
      /scopes\[0\]: must not be a scope of this server itself/,
    ],
    [
      'a scope twice',
      { name: 'R', scopes: ['a', { name: 'a' }] },
      /scopes: must not have the same scope twice/,
    ],
    ['a scope that is a number', { name: 'R', scopes: [1] }, /scopes\[0\]: must be a string, or an object/],
    [
      'a scope without a name',
      { name: 'R', scopes: [{ description: 'x' }] },
      /scopes\[0\]\.name: must be a string/,
    ],
    [
      'a policy that is no word',
      { name: 'R', scope_policies: { scope_policy_x: {} } },
      /scope_policies\.scope_policy_x: must be a word/,
    ],
  ];
  for (const [title, json, rule] of refusals) {
    it(`refuse ${title}`, async () => {
      assertError(await setup.send('POST', '/resource-servers', { json }), 400, 'MALFORMED_PAYLOAD', rule);
    });
  }
});
