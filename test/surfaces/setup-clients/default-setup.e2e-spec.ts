import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { askToken, assertError, basePath, clientBody, createSetup, defaultSetup } from './support.js';

let server: TestServer;
let organization: TestOrganization;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
});
after(() => server.close());

describe('the default setup', () => {
  it('is there once, bears the name of the organization, and cannot be deleted', async () => {
    const own = await createOrganization(server, { name: 'Acme' });
    const list = () => server.request('GET', basePath, { token: own.token });
    const lists = await Promise.all([list(), list(), list()]);
    for (const { body } of lists) assert.deepEqual(body, lists[0]?.body);
    assert.equal(lists[0]?.body.setupIds.length, 1);
    const path = `${basePath}/${lists[0]?.body.setupIds[0]}`;
    assert.equal((await server.request('GET', path, { token: own.token })).body.name, 'Acme');
    assertError(await server.request('DELETE', path, { token: own.token }), 403, 'DELETE_FORBIDDEN');
  });

  it('shows the clients that were made elsewhere, and changes nothing about them', async () => {
    const setup = await defaultSetup(server, organization);
    const made = await createClient(server, organization.customerId, organization.token, {
      scope: ['native:scope'],
      clientName: 'Made elsewhere',
    });
    const { body: found } = await setup.send('GET', `/clients/by-client-id/${made.clientId}`);
    const { body } = await setup.send('GET', `/clients/${found.clientId}`);
    assert.deepEqual([body.name, body.scopes], ['Made elsewhere', ['native:scope']]);
    assert.ok((await setup.send('GET', '/clients')).body.clientIds.includes(found.clientId));
    const token = await askToken(server, made);
    assert.equal(token.body.scope, 'native:scope');
  });

  it('replaces and deletes them, and lets them keep scopes that it does not declare', async () => {
    const setup = await defaultSetup(server, organization);
    const made = await createClient(server, organization.customerId, organization.token, {
      scope: ['native:scope'],
    });
    const { body: found } = await setup.send('GET', `/clients/by-client-id/${made.clientId}`);
    const path = `/clients/${found.clientId}`;
    const json = clientBody({ scopes: ['native:scope'], access_token_ttl: 66 });
    assert.equal((await setup.send('PUT', path, { json })).status, 200);
    assert.equal((await askToken(server, made)).body.expires_in, 66);
    const more = clientBody({ scopes: ['native:scope', 'more'] });
    assertError(await setup.send('PUT', path, { json: more }), 400, 'MALFORMED_PAYLOAD', /scopes\[1\]/);
    assert.equal((await setup.send('DELETE', path)).status, 204);
    assert.equal((await askToken(server, made)).status, 401);
  });

  it('does not show the clients of other setups, nor they its own', async () => {
    const setup = await defaultSetup(server, organization);
    const other = await createSetup(server, organization);
    const client = await other.createClient();
    assertError(await setup.send('GET', `/clients/${client.id}`), 404, 'CLIENT_NOT_FOUND');
    const [id] = (await setup.send('GET', '/clients')).body.clientIds;
    assertError(await other.send('GET', `/clients/${id}`), 404, 'CLIENT_NOT_FOUND');
    assertError(await other.send('DELETE', `/clients/${id}`), 404, 'CLIENT_NOT_FOUND');
  });
});
