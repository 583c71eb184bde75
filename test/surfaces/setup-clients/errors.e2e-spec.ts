import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import { startServer, type TestServer } from '../../support/server.js';
import {
  assertError,
  basePath,
  clientBody,
  createSetup,
  type TestSetup,
  type TestSetupClient,
  tokenWithRoles,
} from './support.js';

const json = { 'content-type': 'application/json' };
const unknown = '0'.repeat(32);

let server: TestServer;
let organization: TestOrganization;
let stranger: TestOrganization;
let setup: TestSetup;
let client: TestSetupClient;
before(async () => {
  server = await startServer({ settings: { bodyLimitBytes: 20_000 } });
  organization = await createOrganization(server);
  stranger = await createOrganization(server);
  setup = await createSetup(server, organization);
  client = await setup.createClient();
});
after(() => server.close());

describe('400', () => {
  it('MALFORMED_PAYLOAD: JSON that is none, no body, a wrong type, a missing field', async () => {
    const send = (body: string) => setup.send('POST', '/clients', { body, headers: json });
    assertError(
      await send('{"name":'),
      400,
      'MALFORMED_PAYLOAD',
      /not valid JSON: error at line 1, column 9/,
    );
    assertError(
      await send('{"name":"a","name":"b"}'),
      400,
      'MALFORMED_PAYLOAD',
      /name: must not be repeated/,
    );
    assertError(await setup.send('POST', '/clients', { headers: json }), 400, 'MALFORMED_PAYLOAD', /missing/);
    assertError(await send('[]'), 400, 'MALFORMED_PAYLOAD', /must be a JSON object/);
    assertError(await send('{"name":5}'), 400, 'MALFORMED_PAYLOAD', /name: must be a string/);
    assertError(await send('{}'), 400, 'MALFORMED_PAYLOAD', /name: is required/);
  });

  it('MALFORMED_PAYLOAD: names every field that is wrong', async () => {
    const body = clientBody({ pkce_mode: 'x', owner: 5, contacts: 'x' });
    const { errorText } = (await setup.send('POST', '/clients', { json: body })).body;
    for (const name of ['pkce_mode', 'owner', 'contacts']) assert.match(errorText, new RegExp(`${name}: `));
  });

  it('never repeats what it was sent', async () => {
    const body = clientBody({ client_secret: 'sw0rd', pkce_mode: 'sesame' });
    const { text } = await setup.send('POST', '/clients', { json: body });
    assert.doesNotMatch(text, /sw0rd|sesame/);
  });

  it('MALFORMED_QUERY_PARAMETER: a moment, a flag, a limit, a cursor or a filter that is none', async () => {
    const queries: [query: string, rule: RegExp][] = [
      ['validAt=yesterday', /validAt: must be any, or an ISO 8601/],
      ['validAt=2030-02-30T00:00:00Z', /validAt/],
      ['includeSoftDeletedStates=yes', /includeSoftDeletedStates: must be true or false/],
      ['limit=0', /limit: must be a whole number from 1 to 1000/],
      ['limit=-1', /limit/],
      ['limit=1001', /limit/],
      ['limit=ten', /limit/],
      ['cursor=nonsense', /cursor: must be the cursor/],
      ['name=a&name=b', /name: must not be repeated/],
      ['metadata.a=1&metadata.a=2', /metadata: must be sent as metadata\.<name>/],
      ['metadata.=1', /metadata: must be sent as/],
    ];
    for (const [query, rule] of queries) {
      for (const path of ['', `/${setup.setupId}/clients`]) {
        const answer = await server.request('GET', `${basePath}${path}?${query}`, {
          token: organization.token,
        });
        assertError(answer, 400, 'MALFORMED_QUERY_PARAMETER', rule);
      }
    }
    assertError(await setup.send('GET', '?validAt=x'), 400, 'MALFORMED_QUERY_PARAMETER');
    assertError(await setup.send('GET', '/snapshots?limit=x'), 400, 'MALFORMED_QUERY_PARAMETER');
    assertError(await setup.send('GET', '/resource-servers?limit=x'), 400, 'MALFORMED_QUERY_PARAMETER');
    assertError(await setup.send('GET', '/clients?name=%ff'), 400, 'MALFORMED_QUERY_PARAMETER');
  });

  it('does not take a moment for an array or a far year for a fault', async () => {
    const far = await setup.send('GET', '/clients?validAt=9999-12-31T23:59:59Z');
    assert.equal(far.status, 200);
    const body = clientBody({ valid_from: '9999-12-31T23:59:59+14:00' });
    assert.equal((await setup.send('POST', '/clients', { json: body })).status, 201);
  });
});

describe('401', () => {
  it('UNAUTHORIZED: no token, a bad one, one that has expired', async () => {
    for (const authorization of ['', 'Bearer x', 'Basic YTpi']) {
      const answer = await server.request('GET', basePath, {
        ...(authorization && { headers: { authorization } }),
      });
      assertError(answer, 401, 'UNAUTHORIZED');
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /);
    }
    const aside = await startServer({ sharing: server });
    try {
      aside.advanceClock(3_601);
      assertError(await aside.request('GET', basePath, { token: organization.token }), 401, 'UNAUTHORIZED');
    } finally {
      await aside.close();
    }
  });
});

describe('403', () => {
  it('FORBIDDEN: a caller without the role', async () => {
    const token = await tokenWithRoles(server, organization, { ROLE_API: [] });
    assertError(await server.request('GET', basePath, { token }), 403, 'FORBIDDEN');
    assertError(await setup.send('POST', '/clients', { token, json: clientBody() }), 403, 'FORBIDDEN');
  });
});

describe('404', () => {
  it('has a code for each thing that is missing', async () => {
    const nowhere = `${basePath}/${unknown}`;
    const { token } = organization;
    for (const path of ['', '/clients', '/snapshots', '/resource-servers', `/clients/${client.id}`]) {
      assertError(await server.request('GET', nowhere + path, { token }), 404, 'SETUP_NOT_FOUND');
    }
    assertError(await setup.send('GET', `/clients/${unknown}`), 404, 'CLIENT_NOT_FOUND');
    assertError(await setup.send('GET', `/clients/${unknown}/snapshots`), 404, 'CLIENT_NOT_FOUND');
    assertError(await setup.send('GET', `/snapshots/${unknown}`), 404, 'SNAPSHOT_NOT_FOUND');
    assertError(
      await setup.send('GET', `/clients/${client.id}/snapshots/${unknown}`),
      404,
      'SNAPSHOT_NOT_FOUND',
    );
    assertError(await setup.send('GET', `/resource-servers/${unknown}`), 404, 'RESOURCE_SERVER_NOT_FOUND');
  });

  it('takes an id of another form for one that is unknown', async () => {
    const { token } = organization;
    for (const id of ['x', 'a'.repeat(31), `${unknown}0`, '0f3c8a9e-5d7b-41c2-a6e4-f0b1d2c3e4f5', '%00']) {
      const expected = id === '%00' ? 400 : 404;
      assert.equal((await server.request('GET', `${basePath}/${id}`, { token })).status, expected, id);
    }
    assertError(await setup.send('GET', '/clients/x'), 404, 'CLIENT_NOT_FOUND');
  });

  it('NOT_FOUND: another module, and a path that is none', async () => {
    const { token } = organization;
    assertError(await server.request('GET', '/v2/modules/saml/setups', { token }), 404, 'NOT_FOUND');
    assertError(await server.request('GET', '/v2/modules/oauthv2/x', { token }), 404, 'NOT_FOUND');
    assertError(await setup.send('GET', '/x/y/z'), 404, 'NOT_FOUND');
  });
});

describe('other statuses', () => {
  it('are answered in the same shape', async () => {
    assertError(await setup.send('PATCH', '/clients', { json: {} }), 405, 'METHOD_NOT_ALLOWED');
    const text = { body: 'name', headers: { 'content-type': 'text/plain' } };
    assertError(await setup.send('POST', '/clients', text), 415, 'UNSUPPORTED_MEDIA_TYPE');
    const large = clientBody({ comment: 'x'.repeat(30_000) });
    assertError(await setup.send('POST', '/clients', { json: large }), 413, 'PAYLOAD_TOO_LARGE');
  });
});

describe("a stranger's setup, client, snapshot or resource server", () => {
  it('answers on every route exactly as one that does not exist', async () => {
    const declared = await setup.send('POST', '/resource-servers', { json: { name: 'R' } });
    const [snapshot] = (await setup.send('GET', `/clients/${client.id}/snapshots`)).body.snapshotIds;
    const [ofSetup] = (await setup.send('GET', '/snapshots')).body.snapshotIds;
    const { body: document } = await server.request('GET', '/openapi.json');
    const routes = Object.entries<Record<string, object>>(document.paths).flatMap(([path, operations]) =>
      path.includes('{setupId}') ? Object.keys(operations).map((method) => ({ method, path })) : [],
    );
    assert.ok(routes.length > 15, `only ${routes.length} routes`);
    const fill = (path: string, known: boolean) =>
      path
        .replace('{module}', 'oauthv2')
        .replace('{setupId}', known ? setup.setupId : unknown)
        .replace('{clientId}', known ? client.id : unknown)
        .replace('{client_id}', known ? client.clientId : 'unknown')
        .replace('{snapshotId}', known ? (path.includes('{clientId}') ? snapshot : ofSetup) : unknown)
        .replace('{resourceServerId}', known ? declared.body.resourceServerId : unknown);
    for (const { method, path } of routes) {
      const ask = (known: boolean): Promise<Answer> =>
        server.request(method.toUpperCase(), fill(path, known), {
          token: stranger.token,
          ...(['post', 'put'].includes(method) && { json: clientBody() }),
        });
      const [foreign, missing] = [await ask(true), await ask(false)];
      assert.equal(foreign.status, 404, `${method} ${path} ${foreign.text}`);
      assert.equal(foreign.text, missing.text, `${method} ${path}`);
    }
    assert.equal((await setup.send('GET', `/clients/${client.id}`)).status, 200);
  });

  it('is in none of his lists', async () => {
    const query = '?validAt=any&includeSoftDeletedStates=true';
    const { body } = await server.request('GET', basePath + query, { token: stranger.token });
    assert.equal(body.setupIds.length, 1);
    assert.ok(!body.setupIds.includes(setup.setupId));
  });
});
