import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization, uniqueName } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { askToken, assertError, clientBody, createSetup, type TestSetup } from './support.js';

const redirecting = { grant_types: ['authorization_code'], redirect_uris: ['https://client.example/back'] };
const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });

let server: TestServer;
let organization: TestOrganization;
let setup: TestSetup;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  setup = await createSetup(server, organization);
});
after(() => server.close());

/** What is answered when a client is made with these fields. */
async function readBack(overrides: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { id } = await setup.createClient(overrides);
  return (await setup.send('GET', `/clients/${id}`)).body;
}

describe('the fields of a client', () => {
  it('have their defaults in the smallest body', async () => {
    const json = { name: 'Smallest', confidentiality_type: 'confidential' };
    const created = await setup.send('POST', '/clients', { json });
    assert.equal(created.status, 201, created.text);
    assert.deepEqual(Object.keys(created.body), ['clientId', 'client_secret']);
    assert.match(created.body.client_secret, /^[0-9a-f]{64}$/);
    const { body } = await setup.send('GET', `/clients/${created.body.clientId}`);
    assert.match(body.client_id, /^[0-9a-f]{32}$/);
    assert.deepEqual(
      { ...body, client_id: '', valid_from: '' },
      {
        notSentGrantType: true,
        metadata: [],
        valid_from: '',
        client_id: '',
        token_endpoint_auth_method: 'client_secret_basic',
        require_pushed_authorization_requests: false,
        pkce_mode: 'allowed',
        id_token_signed_response_alg: 'RS256',
        grant_types: ['authorization_code'],
        redirect_uris: [],
        confidentiality_type: 'confidential',
        name: 'Smallest',
        scopes: [],
        contacts: [],
        response_types: ['code'],
      },
    );
  });

  it('that are not known are ignored, and null is as good as absent', async () => {
    const body = await readBack({ unheard_of: 1, enabled: false, access_token_ttl: null, owner: null });
    assert.ok(!('unheard_of' in body) && !('owner' in body) && !('access_token_ttl' in body));
  });

  it('client_id is unique over all organizations, and a taken one is a bad one', async () => {
    const clientId = uniqueName('taken');
    await setup.createClient({ client_id: clientId });
    const stranger = await createSetup(server, await createOrganization(server));
    const answer = await stranger.send('POST', '/clients', { json: clientBody({ client_id: clientId }) });
    assertError(answer, 400, 'MALFORMED_PAYLOAD', /taken/);
  });

  it('client_secret is generated as 64 digits, or chosen and then not answered', async () => {
    const client = await setup.createClient();
    assert.match(client.secret, /^[0-9a-f]{64}$/);
    assert.equal((await askToken(server, client)).status, 200);
    const json = clientBody({ client_id: uniqueName('own'), client_secret: 'a secret of my own' });
    const created = await setup.send('POST', '/clients', { json });
    assert.deepEqual(Object.keys(created.body), ['clientId']);
    const own = { clientId: json['client_id'] as string, secret: 'a secret of my own' };
    assert.equal((await askToken(server, own)).status, 200);
  });

  it('public clients have no secret, no method and no client_credentials', async () => {
    const json = clientBody({ ...redirecting, confidentiality_type: 'public' });
    const created = await setup.send('POST', '/clients', { json });
    assert.deepEqual(Object.keys(created.body), ['clientId'], created.text);
    const { body } = await setup.send('GET', `/clients/${created.body.clientId}`);
    assert.equal(body.token_endpoint_auth_method, 'none');
  });

  it('grant_types are enforced at the token endpoint', async () => {
    const answer = await askToken(server, await setup.createClient(redirecting));
    assert.equal(answer.status, 400);
    assert.equal(answer.body.error, 'unauthorized_client');
  });

  it('token_endpoint_auth_method is enforced at the token endpoint', async () => {
    const client = await setup.createClient({ token_endpoint_auth_method: 'client_secret_post' });
    assert.equal((await askToken(server, client)).status, 401);
  });

  it('access_token_ttl is the lifetime of its tokens', async () => {
    const answer = await askToken(server, await setup.createClient({ access_token_ttl: 77 }));
    assert.equal(answer.body.expires_in, 77);
  });

  it('what only people read is given back', async () => {
    const sent = {
      client_uri: 'https://client.example/',
      logo_uri: 'http://localhost:8080/logo.png',
      policy_uri: 'https://client.example/policy',
      tos_uri: 'https://client.example/terms',
      contacts: ['a@client.example', 'b@client.example'],
      comment: 'Line one\nLine two',
      owner: 'data-team',
      metadata: [
        { name: 'department', locale: 'de-CH', value: 'Buchhaltung' },
        { name: 'department', value: 'Accounting' },
      ],
    };
    const body = await readBack(sent);
    for (const [name, value] of Object.entries(sent)) assert.deepEqual(body[name], value, name);
  });

  it('what the authorization endpoint will ask is given back', async () => {
    const sent = {
      ...redirecting,
      response_types: ['code'],
      pkce_mode: 's256-required',
      require_pushed_authorization_requests: true,
      force_reauthentication: true,
      id_token_ttl: 60,
      persisted_consent_ttl: 120,
      refresh_token_ttl: 180,
      id_token_signed_response_alg: 'EdDSA',
      id_token_encrypted_response_alg: 'ECDH-ES+A256KW',
      id_token_encrypted_response_enc: 'A256GCM',
      jwks: { keys: [publicKey] },
    };
    const body = await readBack(sent);
    for (const [name, value] of Object.entries(sent)) assert.deepEqual(body[name], value, name);
  });

  it('id_token_encrypted_response_enc has a default where there is an algorithm for the key', async () => {
    const body = await readBack({ id_token_encrypted_response_alg: 'RSA-OAEP-256' });
    assert.equal(body['id_token_encrypted_response_enc'], 'A128CBC-HS256');
    assert.equal((await readBack({}))['id_token_encrypted_response_enc'], undefined);
  });
});
