import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { assertError, clientBody, createSetup, type TestSetup } from './support.js';

const redirecting = { grant_types: ['authorization_code'], redirect_uris: ['https://client.example/back'] };
const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

let server: TestServer;
let setup: TestSetup;
before(async () => {
  server = await startServer();
  setup = await createSetup(server, await createOrganization(server));
});
after(() => server.close());

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
