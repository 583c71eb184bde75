import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { askToken, assertError, basePath, clientBody, createSetup } from './support.js';

let server: TestServer;
let organization: TestOrganization;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
});
after(() => server.close());

const send = (method: string, path: string, json?: unknown) =>
  server.request(method, basePath + path, { token: organization.token, ...(json !== undefined && { json }) });

describe('POST …/setups', () => {
  it('answers the id alone, and the setup has every default', async () => {
    const created = await send('POST', '', { name: 'Plain' });
    assert.equal(created.status, 201);
    assert.deepEqual(Object.keys(created.body), ['setupId']);
    assert.match(created.body.setupId, /^[0-9a-f]{32}$/);
    const { body } = await send('GET', `/${created.body.setupId}`);
    assert.match(body.valid_from, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
    assert.deepEqual(
      { ...body, valid_from: '' },
      {
        name: 'Plain',
        metadata: [],
        valid_from: '',
        client_defaults: {
          force_reauthentication: false,
          access_token_ttl: 3600,
          refresh_token_ttl: 15552000,
          id_token_ttl: 3600,
          persisted_consent_ttl: 31104000,
          grant_types: [],
        },
        resource_server_defaults: { scope_policy_authorization_code: 'consent_required' },
      },
    );
  });

  it('gives back all that it is sent', async () => {
    const sent = {
      name: 'Full',
      owner: 'identity-team',
      comment: 'Since 2024',
      metadata: [{ name: 'stage', locale: 'en', value: 'production' }],
      client_defaults: {
        force_reauthentication: true,
        access_token_ttl: 60,
        refresh_token_ttl: 120,
        id_token_ttl: 180,
        persisted_consent_ttl: 240,
        grant_types: ['client_credentials'],
      },
      resource_server_defaults: { scope_policy_client_credentials: 'allowed' },
    };
    const { body } = await send('POST', '', { ...sent, unheard_of: true });
    const { valid_from: _, ...rest } = (await send('GET', `/${body.setupId}`)).body;
    assert.deepEqual(rest, sent);
  });

  const refusals: [title: string, body: unknown, rule: RegExp][] = [
    ['no name', {}, /name: is required/],
    [
      'a lifetime beyond the ceiling',
      { name: 'a', client_defaults: { access_token_ttl: 3601 } },
      /client_defaults\.access_token_ttl: must be at most 3600/,
    ],
    [
      'an unknown grant type',
      { name: 'a', client_defaults: { grant_types: ['password'] } },
      /client_defaults\.grant_types\[0\]: must be one of/,
    ],
    [
      'a policy that is no word',
      { name: 'a', resource_server_defaults: { scope_policy_x: 1 } },
      /resource_server_defaults\.scope_policy_x: must be a word/,
    ],
    [
      'a time that has passed',
      { name: 'a', valid_from: '2000-01-01T00:00:00Z' },
      /valid_from: must be in the future/,
    ],
    ['an array', [], /must be a JSON object/],
  ];
  for (const [title, body, rule] of refusals) {
    it(`refuses ${title}`, async () =>
      assertError(await send('POST', '', body), 400, 'MALFORMED_PAYLOAD', rule));
  }
});

describe('PUT …/setups/{setupId}', () => {
  it('replaces everything: what is left out goes back to its default', async () => {
    const setup = await createSetup(server, organization, {
      owner: 'a',
      client_defaults: { id_token_ttl: 60 },
    });
    const replaced = await setup.send('PUT', '', { json: { name: 'Other' } });
    assert.equal(replaced.status, 200);
    const { body } = await setup.send('GET');
    assert.deepEqual(replaced.body, body);
    assert.equal(body.owner, undefined);
    assert.equal(body.client_defaults.id_token_ttl, 3600);
  });
});

describe('the defaults of a setup', () => {
  it('are those in force when a token is issued, and a client of its own mind keeps its own', async () => {
    const setup = await createSetup(server, organization, { client_defaults: { access_token_ttl: 100 } });
    const follower = await setup.createClient();
    const own = await setup.createClient({ access_token_ttl: 77 });
    assert.equal((await askToken(server, follower)).body.expires_in, 100);
    await setup.send('PUT', '', { json: { name: 'Other', client_defaults: { access_token_ttl: 50 } } });
    assert.equal((await askToken(server, follower)).body.expires_in, 50);
    assert.equal((await askToken(server, own)).body.expires_in, 77);
  });

  it('decide on the grant types of a client that names none, on every surface', async () => {
    const setup = await createSetup(server, organization, {
      client_defaults: { grant_types: ['client_credentials'] },
    });
    const client = await setup.createClient({ grant_types: undefined });
    assert.equal((await askToken(server, client)).status, 200);
    await setup.send('PUT', '', { json: { name: 'Other' } });
    assert.equal((await askToken(server, client)).body.error, 'unauthorized_client');
    const { body } = await setup.send('GET', `/clients/${client.id}`);
    assert.deepEqual([body.notSentGrantType, body.grant_types], [true, ['authorization_code']]);
    const native = await server.request(
      'GET',
      `/oauth/customers/${organization.customerId}/clients/${client.clientId}`,
      { token: organization.token },
    );
    assert.deepEqual(native.body.authorizedGrantTypes, ['authorization_code']);
  });

  it('give a public client no grant type that it cannot have', async () => {
    const setup = await createSetup(server, organization, {
      client_defaults: { grant_types: ['client_credentials'] },
    });
    const json = { name: 'App', confidentiality_type: 'public' };
    const created = await setup.send('POST', '/clients', { json });
    assert.equal(created.status, 201, created.text);
    const { body } = await setup.send('GET', `/clients/${created.body.clientId}`);
    assert.deepEqual(body.grant_types, ['authorization_code']);
  });
});

describe('PUT …/clients/{clientId}', () => {
  it('replaces everything but the secret, and answers what it is then', async () => {
    const setup = await createSetup(server, organization);
    const client = await setup.createClient({ owner: 'a', access_token_ttl: 60 });
    const replaced = await setup.send('PUT', `/clients/${client.id}`, { json: clientBody({ name: 'New' }) });
    assert.equal(replaced.status, 200, replaced.text);
    const { body } = await setup.send('GET', `/clients/${client.id}`);
    assert.deepEqual(replaced.body, body);
    assert.equal(body.owner, undefined);
    assert.equal((await askToken(server, client)).body.expires_in, 3600);
  });

  it('changes the secret, which ends the tokens bought with the old one', async () => {
    const setup = await createSetup(server, organization);
    const client = await setup.createClient();
    const token = await server.token(client);
    const json = clientBody({ client_secret: 'a new secret of my own' });
    assert.equal((await setup.send('PUT', `/clients/${client.id}`, { json })).status, 200);
    assert.equal((await askToken(server, client)).status, 401);
    const renewed = { clientId: client.clientId, secret: 'a new secret of my own' };
    assert.equal((await askToken(server, renewed)).status, 200);
    const { body } = await server.request('POST', '/oauth/introspect', {
      basic: [renewed.clientId, renewed.secret],
      form: { token },
    });
    assert.deepEqual(body, { active: false });
  });

  it('refuses another client_id, and a public client that becomes confidential without a secret', async () => {
    const setup = await createSetup(server, organization);
    const client = await setup.createClient();
    const renamed = await setup.send('PUT', `/clients/${client.id}`, {
      json: clientBody({ client_id: 'x' }),
    });
    assertError(renamed, 400, 'MALFORMED_PAYLOAD', /client_id: must be that of the client/);
    const same = clientBody({ client_id: client.clientId });
    assert.equal((await setup.send('PUT', `/clients/${client.id}`, { json: same })).status, 200);
    const app = { name: 'App', confidentiality_type: 'public' };
    const { body } = await setup.send('POST', '/clients', { json: app });
    const answer = await setup.send('PUT', `/clients/${body.clientId}`, { json: clientBody() });
    assertError(answer, 400, 'MALFORMED_PAYLOAD', /client_secret: is required/);
  });
});

describe('GET …/setups and …/clients', () => {
  it('filter by name, owner and metadata, all of which must be met', async () => {
    const metadata = [{ name: 'stage', value: 'test' }];
    const one = await createSetup(server, organization, { name: 'F', owner: 'me', metadata });
    const two = await createSetup(server, organization, { name: 'F', owner: 'you', metadata });
    const idsOf = async (query: string) => (await send('GET', query)).body.setupIds;
    assert.deepEqual(await idsOf('?name=F'), [one.setupId, two.setupId]);
    assert.deepEqual(await idsOf('?name=F&owner=you'), [two.setupId]);
    assert.deepEqual(await idsOf('?metadata.stage=test&owner=me'), [one.setupId]);
    assert.deepEqual(await idsOf('?metadata.stage=other'), []);
    const client = await one.createClient({ name: 'C', owner: 'me', metadata });
    await one.createClient({ name: 'D' });
    for (const query of [
      '?name=C',
      '?owner=me',
      '?metadata.stage=test',
      '?name=C&owner=me&metadata.stage=test',
    ]) {
      const { body } = await one.send('GET', `/clients${query}`);
      assert.deepEqual(body, { clientIds: [client.id] }, query);
    }
    assert.deepEqual((await one.send('GET', '/clients?name=C&owner=you')).body, { clientIds: [] });
  });

  it('go on in the page that the Link header names', async () => {
    const setup = await createSetup(server, organization);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await setup.createClient({ name: `n${i}` })).id);
    const found: string[] = [];
    let path: string | undefined = `${basePath}/${setup.setupId}/clients?limit=2`;
    let pages = 0;
    while (path !== undefined) {
      const page = await server.request('GET', path, { token: organization.token });
      found.push(...page.body.clientIds);
      pages++;
      path = /^<(.*)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
    }
    assert.deepEqual(found, ids);
    assert.equal(pages, 3);
    const names = await setup.send('GET', '/clients/names');
    assert.deepEqual(Object.values(names.body).sort(), ['n0', 'n1', 'n2', 'n3', 'n4']);
    assert.deepEqual(Object.keys(names.body).sort(), [...ids].sort());
  });

  it('find the internal id of an OAuth client_id', async () => {
    const setup = await createSetup(server, organization);
    const client = await setup.createClient({ client_id: 'with/slash and blank' });
    const path = `/clients/by-client-id/${encodeURIComponent(client.clientId)}`;
    assert.deepEqual((await setup.send('GET', path)).body, { clientId: client.id });
    const other = await createSetup(server, organization);
    assertError(await other.send('GET', path), 404, 'CLIENT_NOT_FOUND');
    assertError(await setup.send('GET', '/clients/by-client-id/x'), 404, 'CLIENT_NOT_FOUND');
  });
});
