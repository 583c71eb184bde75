import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { documentsExample } from '../../support/surfaces.js';
import { askToken, assertError, createSetup, momentIn, type TestSetup } from './support.js';

/** What stands in the document for a value of its own, with a value. */
function filledIn(printed: Record<string, unknown>): Record<string, unknown> {
  const { jwks_uri: _, ...rest } = printed;
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    ...rest,
    jwks: { keys: [publicKey.export({ format: 'jwk' })] },
    client_uri: 'https://openapi-generator.tech',
    valid_from: momentIn(60),
    token_endpoint_auth_method: 'client_secret_post',
    pkce_mode: 'required',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['https://openapi-generator.tech'],
    confidentiality_type: 'confidential',
    id_token_encrypted_response_alg: 'RSA-OAEP-256',
    scopes: ['scopes'],
    response_types: ['code'],
  };
}

describe("the document's request", () => {
  let server: TestServer;
  let organization: TestOrganization;
  let setup: TestSetup;
  let printed: Record<string, unknown>;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    setup = await createSetup(server, organization);
    printed = await documentsExample('setup-clients/create-client.request');
    const declared = await setup.send('POST', '/resource-servers', {
      json: { name: 'R', scopes: ['scopes'] },
    });
    assert.equal(declared.status, 201, declared.text);
  });
  after(() => server.close());

  it('is refused as it is printed: every placeholder that is no value is named, with what would be one', async () => {
    const answer = await setup.send('POST', '/clients', { json: printed });
    assertError(answer, 400, 'MALFORMED_PAYLOAD');
    const text = answer.body.errorText as string;
    for (const rule of [
      /client_uri: must be an https URL/,
      /token_endpoint_auth_method: must be one of client_secret_basic, client_secret_post, none/,
      /pkce_mode: must be one of allowed, required, s256-required/,
      /grant_types/,
      /confidentiality_type: must be one of confidential, public/,
      /response_types/,
      /id_token_encrypted_response_alg: must not be RSA1_5.*RSA-OAEP-256/,
    ]) {
      assert.match(text, rule);
    }
  });

  it('is told that its keys are members of a Java object, and how a key is written', async () => {
    const answer = await setup.send('POST', '/clients', { json: printed });
    assert.match(
      answer.body.errorText,
      /jwks\.keys\[0\]: is not a JSON Web Key .* RFC 7517 .*jwks\.keys\[1\]/,
    );
  });

  it('is refused for the time that has passed', async () => {
    const json = { ...filledIn(printed), valid_from: printed['valid_from'] };
    const answer = await setup.send('POST', '/clients', { json });
    assertError(answer, 400, 'MALFORMED_PAYLOAD', /valid_from: must be in the future/);
  });

  it('works with its placeholders filled in, and answers the internal id alone', async () => {
    const answer = await setup.send('POST', '/clients', { json: filledIn(printed) });
    assert.equal(answer.status, 201, answer.text);
    assert.deepEqual(Object.keys(answer.body), ['clientId']);
    assert.match(answer.body.clientId, /^[0-9a-f]{32}$/);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  });

  it('is given back with the same keys in the same order and the same values, but no secret', async () => {
    const sent = filledIn({ ...printed, client_id: 'client_id_2' });
    const { body: created } = await setup.send('POST', '/clients', { json: sent });
    const { body } = await setup.send('GET', `/clients/${created.clientId}?validAt=any`);
    const keys = Object.keys(printed).filter((key) => key !== 'client_secret' && key !== 'jwks_uri');
    assert.deepEqual(Object.keys(body), keys);
    const { client_secret: _, ...expected } = sent;
    assert.deepEqual(body, { ...expected, notSentGrantType: false });
  });

  it('makes a client whose secret works by its method alone', async () => {
    const json = {
      ...filledIn({ ...printed, client_id: 'client_id_3' }),
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      valid_from: null,
    };
    const created = await setup.send('POST', '/clients', { json });
    assert.equal(created.status, 201, created.text);
    const credentials = { clientId: 'client_id_3', secret: printed['client_secret'] as string };
    const byPost = await server.request('POST', '/oauth/token', {
      form: {
        grant_type: 'client_credentials',
        client_id: credentials.clientId,
        client_secret: credentials.secret,
      },
    });
    assert.equal(byPost.status, 200, byPost.text);
    assert.equal(byPost.body.expires_in, printed['access_token_ttl']);
    assert.equal(byPost.body.scope, 'scopes');
    assert.equal((await askToken(server, credentials)).status, 401);
  });
});
