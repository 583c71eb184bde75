import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import type { Answer, RequestOptions } from '../../support/http-client.js';
import { startServer, type TestServer } from '../../support/server.js';
import { askToken, createSetup, registrationPath, type TestSetup } from './support.js';

let server: TestServer;
let organization: TestOrganization;
let setup: TestSetup;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  setup = await createSetup(server, organization);
  await setup.send('POST', '/resource-servers', { json: { name: 'R', scopes: ['a', 'b'] } });
});
after(() => server.close());

const register = (json: unknown, options: RequestOptions = {}) =>
  server.request('POST', `${registrationPath}/${setup.setupId}/clients`, {
    token: organization.token,
    json,
    ...options,
  });

function assertRefused(answer: Answer, status: number, error: string, description = /./): void {
  assert.equal(answer.status, status, answer.text);
  assert.deepEqual(Object.keys(answer.body), ['error', 'error_description']);
  assert.equal(answer.body.error, error, answer.text);
  assert.match(answer.body.error_description, description);
}

describe('POST /v3/modules/{module}/setups/{setupId}/clients', () => {
  it('answers all that was registered, with the secret and when that ends (RFC 7591 §3.2.1)', async () => {
    const sent = {
      redirect_uris: ['https://client.example/back'],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'client_credentials'],
      response_types: ['code'],
      client_name: 'My Example',
      client_uri: 'https://client.example/',
      logo_uri: 'https://client.example/logo.png',
      scope: 'a b',
      contacts: ['ve7jtb@example.org'],
      tos_uri: 'https://client.example/tos',
      policy_uri: 'https://client.example/policy',
      jwks_uri: 'https://client.example/jwks',
      software_id: '4NRB1-0XZABZI9E6-5SM3R',
      software_version: '2.1',
    };
    const before = Math.floor(Date.now() / 1000);
    const { status, body, headers } = await register({ ...sent, unheard_of: 1 });
    assert.equal(status, 201);
    assert.equal(headers.get('cache-control'), 'no-store');
    const { client_id: clientId, client_secret: secret, client_id_issued_at: issuedAt, ...rest } = body;
    assert.deepEqual(rest, { ...sent, client_secret_expires_at: 0 });
    assert.ok(issuedAt >= before && issuedAt <= before + 5);
    assert.equal((await askToken(server, { clientId, secret }, { scope: 'a' })).body.scope, 'a');
  });

  it('gives what is left out its default, and says so', async () => {
    const { status, body } = await register({ redirect_uris: ['https://client.example/back'] });
    assert.equal(status, 201);
    assert.deepEqual(
      [body.grant_types, body.response_types, body.token_endpoint_auth_method],
      [['authorization_code'], ['code'], 'client_secret_basic'],
    );
  });

  it('makes a client that proves nothing public, without a secret', async () => {
    const { body } = await register({
      redirect_uris: ['https://client.example/back'],
      token_endpoint_auth_method: 'none',
    });
    assert.ok(body.client_id && !('client_secret' in body) && !('client_secret_expires_at' in body));
  });

  it('takes no client_id and no secret of the caller', async () => {
    const sent = { grant_types: ['client_credentials'], client_id: 'mine', client_secret: 'mine, all mine' };
    const { body } = await register(sent);
    assert.match(body.client_id, /^[0-9a-f]{32}$/);
    assert.match(body.client_secret, /^[0-9a-f]{64}$/);
  });

  it('makes a client that its setup shows', async () => {
    const { body } = await register({ client_name: 'Shown', grant_types: ['client_credentials'] });
    const { body: found } = await setup.send('GET', `/clients/by-client-id/${body.client_id}`);
    assert.equal((await setup.send('GET', `/clients/${found.clientId}`)).body.name, 'Shown');
  });

  describe('errors (RFC 7591 §3.2.2)', () => {
    const machine = { grant_types: ['client_credentials'] };
    it('invalid_redirect_uri for one that is bad or missing', async () => {
      assertRefused(await register({}), 400, 'invalid_redirect_uri', /redirect_uris/);
      const bad = { redirect_uris: ['https://client.example/#fragment'] };
      assertRefused(await register(bad), 400, 'invalid_redirect_uri', /redirect_uris\[0\]/);
      assertRefused(await register({ redirect_uris: 'x' }), 400, 'invalid_redirect_uri', /must be an array/);
    });

    it('invalid_client_metadata for everything else that is bad, by its name', async () => {
      const cases: [object, RegExp][] = [
        [{ ...machine, response_types: ['code'] }, /response_types: must not contain code/],
        [{ ...machine, scope: 'a unheard' }, /scope\[1\]: must be declared/],
        [
          { ...machine, token_endpoint_auth_method: 'private_key_jwt' },
          /token_endpoint_auth_method: must be one of/,
        ],
        [{ ...machine, client_name: 5 }, /client_name: must be a string/],
        [{ ...machine, scope: 'a', scopes: ['a'] }, /scope: must not be sent together/],
        [{ grant_types: ['password'] }, /grant_types\[0\]: must be one of/],
      ];
      for (const [body, description] of cases) {
        assertRefused(await register(body), 400, 'invalid_client_metadata', description);
      }
      const headers = { 'content-type': 'application/json' };
      const malformed = await register(undefined, { body: '{', headers });
      assertRefused(malformed, 400, 'invalid_client_metadata', /not valid JSON/);
    });

    it('in the same shape for who may not register, what is not there and what is no JSON', async () => {
      const anonymous = await server.request('POST', `${registrationPath}/${setup.setupId}/clients`, {
        json: machine,
      });
      assertRefused(anonymous, 401, 'invalid_token');
      assert.match(anonymous.headers.get('www-authenticate') ?? '', /^Bearer /);
      const wrongType = await register(undefined, { body: 'a', headers: { 'content-type': 'text/plain' } });
      assertRefused(wrongType, 415, 'invalid_request');
      const path = `${registrationPath}/${'0'.repeat(32)}/clients`;
      const nowhere = await server.request('POST', path, { token: organization.token, json: machine });
      assertRefused(nowhere, 404, 'not_found', /setup does not exist/);
      const unknown = await server.request('GET', '/v3/modules/oauthv2/x', { token: organization.token });
      assertRefused(unknown, 404, 'not_found');
    });
  });
});
