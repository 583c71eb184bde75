import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization, uniqueName } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { askToken, assertError, clientBody, createSetup, type TestSetup } from './support.js';

const redirecting = { grant_types: ['authorization_code'], redirect_uris: ['https://client.example/back'] };
const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

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

describe('POST …/clients', () => {
  const refusals: [title: string, overrides: Record<string, unknown>, rule: RegExp][] = [
    ['no name', { name: undefined }, /name: is required/],
    ['a blank name', { name: '  ' }, /name: must not be blank/],
    [
      'an unknown type',
      { confidentiality_type: 'secret' },
      /confidentiality_type: must be one of confidential, public/,
    ],
    [
      'a method that is not supported',
      { token_endpoint_auth_method: 'private_key_jwt' },
      /token_endpoint_auth_method: must be one of client_secret_basic, client_secret_post, none/,
    ],
    [
      'a confidential client without a method',
      { token_endpoint_auth_method: 'none' },
      /token_endpoint_auth_method: must be one of client_secret_basic/,
    ],
    [
      'a public client with a secret method',
      { ...redirecting, confidentiality_type: 'public', token_endpoint_auth_method: 'client_secret_basic' },
      /token_endpoint_auth_method: must be one of none/,
    ],
    [
      'a public client with a secret',
      { ...redirecting, confidentiality_type: 'public', client_secret: 'a secret of my own' },
      /client_secret: must not be given for a public client/,
    ],
    [
      'a public client that asks for itself',
      { confidentiality_type: 'public' },
      /grant_types: must not contain client_credentials/,
    ],
    [
      'an unknown grant type',
      { grant_types: ['password'] },
      /grant_types\[0\]: must be one of client_credentials/,
    ],
    [
      'refresh_token alone',
      { grant_types: ['refresh_token'] },
      /grant_types: may contain refresh_token only together/,
    ],
    [
      'code without authorization_code',
      { response_types: ['code'] },
      /response_types: must not contain code .*RFC 7591/,
    ],
    [
      'authorization_code without code',
      { ...redirecting, response_types: [] },
      /response_types: must contain code .*RFC 7591/,
    ],
    ['another response type', { response_types: ['token'] }, /response_types\[0\]: must be one of code/],
    [
      'authorization_code without a redirect URI',
      { grant_types: ['authorization_code'] },
      /redirect_uris: must have an entry/,
    ],
    [
      'a redirect URI with a fragment',
      { ...redirecting, redirect_uris: ['https://client.example/#x'] },
      /redirect_uris\[0\]: must be an absolute URI without a fragment/,
    ],
    [
      'a redirect URI that is a script',
      { ...redirecting, redirect_uris: ['javascript:alert(1)'] },
      /redirect_uris\[0\]/,
    ],
    [
      'a scope that nobody declares',
      { scopes: ['unheard:of'] },
      /scopes\[0\]: must be declared by a resource server/,
    ],
    [
      'a scope of the server itself',
      { scopes: ['sp:scopes:all'] },
      /scopes\[0\]: must be declared by a resource server/,
    ],
    [
      'an unknown PKCE mode',
      { pkce_mode: 'never' },
      /pkce_mode: must be one of allowed, required, s256-required/,
    ],
    ['a lifetime of nothing', { access_token_ttl: 0 }, /access_token_ttl: must be a whole number from 1/],
    [
      'a lifetime beyond the ceiling',
      { access_token_ttl: 3601 },
      /access_token_ttl: must be null or a whole number of seconds from 1 to 3600/,
    ],
    ['a lifetime in words', { refresh_token_ttl: 'long' }, /refresh_token_ttl: must be a whole number/],
    [
      'an algorithm that the server does not sign with',
      { id_token_signed_response_alg: 'HS256' },
      /id_token_signed_response_alg: must be one of ES256, RS256, PS256, EdDSA/,
    ],
    ['RSA1_5', { id_token_encrypted_response_alg: 'RSA1_5' }, /must not be RSA1_5.*safe ones are RSA-OAEP/],
    [
      'an unknown key algorithm',
      { id_token_encrypted_response_alg: 'dir' },
      /id_token_encrypted_response_alg: must be one of RSA-OAEP/,
    ],
    [
      'enc without alg',
      { id_token_encrypted_response_enc: 'A256GCM' },
      /id_token_encrypted_response_enc: must not be sent without/,
    ],
    [
      'enc with the alg none',
      { id_token_encrypted_response_alg: 'none', id_token_encrypted_response_enc: 'A256GCM' },
      /id_token_encrypted_response_enc: must not be sent without/,
    ],
    [
      'jwks together with jwks_uri',
      { jwks: { keys: [publicKey] }, jwks_uri: 'https://client.example/jwks' },
      /jwks: must not be sent together with jwks_uri/,
    ],
    ['jwks without keys', { jwks: { keys: [] } }, /jwks\.keys: must be an array of at least one key/],
    [
      'jwks with a private key',
      { jwks: { keys: [privateKey] } },
      /jwks\.keys\[0\]: must be a public key: it has private members/,
    ],
    [
      'jwks with half a key',
      { jwks: { keys: [{ kty: 'EC', crv: 'P-256' }] } },
      /jwks\.keys\[0\]: must be a public key with kty/,
    ],
    [
      'a jwks_uri over http',
      { jwks_uri: 'http://client.example/jwks' },
      /jwks_uri: must be an https URL; http is for localhost only/,
    ],
    ['a client_uri that is none', { client_uri: 'client_uri' }, /client_uri: must be an https URL/],
    ['a logo_uri that is a script', { logo_uri: 'javascript:alert(1)' }, /logo_uri: must be an https URL/],
    [
      'a locale that is none',
      { metadata: [{ name: 'a', locale: 'de_CH!', value: 'b' }] },
      /metadata\[0\]\.locale: must be a language tag \(BCP 47\)/,
    ],
    [
      'a secret that is too short',
      { client_secret: 'short' },
      /client_secret: must have 8 to 256 characters/,
    ],
    [
      'a client_id with a line break',
      { client_id: 'a\nb' },
      /client_id: must not contain control characters/,
    ],
    ['a time without an offset', { valid_from: '2100-01-01T00:00:00' }, /valid_from: must be an ISO 8601/],
    [
      'a time that has passed',
      { valid_from: '2000-01-23T04:56:07.000+00:00' },
      /valid_from: must be in the future/,
    ],
  ];

  for (const [title, overrides, rule] of refusals) {
    it(`refuses ${title}`, async () => {
      const answer = await setup.send('POST', '/clients', { json: clientBody(overrides) });
      assertError(answer, 400, 'MALFORMED_PAYLOAD', rule);
    });
  }

  it('writes nothing of a client that it refuses', async () => {
    const before = (await setup.send('GET', '/clients')).body;
    await setup.send('POST', '/clients', { json: clientBody({ scopes: ['unheard:of'] }) });
    assert.deepEqual((await setup.send('GET', '/clients')).body, before);
  });
});
