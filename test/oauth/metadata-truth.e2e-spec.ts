import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { RequestOptions } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

/** Every client authentication method of the IANA registry, with the request that tries it. */
const methods: Record<string, (client: TestClient) => RequestOptions> = {
  client_secret_basic: ({ clientId, secret }) => ({ basic: [clientId, secret], form: {} }),
  client_secret_post: ({ clientId, secret }) => ({ form: { client_id: clientId, client_secret: secret } }),
  none: ({ clientId }) => ({ form: { client_id: clientId } }),
  client_secret_jwt: ({ clientId }) => ({ form: { client_id: clientId, ...assertion } }),
  private_key_jwt: ({ clientId }) => ({ form: { client_id: clientId, ...assertion } }),
  tls_client_auth: ({ clientId }) => ({ form: { client_id: clientId } }),
};
const assertion = {
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA',
};
const grantTypes = [
  'client_credentials',
  'authorization_code',
  'refresh_token',
  'password',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:device_code',
];

describe('the metadata tells the truth', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let client: TestClient;
  let metadata: Record<string, string[] & string>;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    client = await createClient(server, organization.customerId, organization.token);
    metadata = (await server.request('GET', '/.well-known/oauth-authorization-server')).body;
  });
  after(() => server.close());

  const pathOf = (name: string) => new URL(metadata[name] as string).pathname;
  const tried = (method: string, parameters: Record<string, string>): RequestOptions => {
    const { form, ...rest } = methods[method]?.(client) ?? {};
    return { ...rest, form: { ...(form as Record<string, string>), ...parameters } };
  };

  for (const method of Object.keys(methods)) {
    it(`has ${method} work at each endpoint that offers it, and fail at each that does not (P-100)`, async () => {
      const token = await server.token(client);
      const bodies = {
        token: { grant_type: 'client_credentials' },
        introspection: { token },
        revocation: { token: 'unknown' },
      };
      for (const [endpoint, parameters] of Object.entries(bodies)) {
        const offered = metadata[`${endpoint}_endpoint_auth_methods_supported`] as string[];
        const answer = await server.request(
          'POST',
          pathOf(`${endpoint}_endpoint`),
          tried(method, parameters as unknown as Record<string, string>),
        );
        assert.equal(answer.status, offered.includes(method) ? 200 : 401, `${endpoint}: ${answer.text}`);
      }
    });
  }

  for (const grantType of grantTypes) {
    it(`has ${grantType} work if it is offered, and fail if not (P-100)`, async () => {
      const { status, body } = await server.request('POST', pathOf('token_endpoint'), {
        basic: [client.clientId, client.secret],
        form: { grant_type: grantType },
      });
      if (metadata['grant_types_supported']?.includes(grantType)) assert.equal(status, 200);
      else assert.deepEqual([status, body.error], [400, 'unsupported_grant_type']);
    });
  }

  it('offers no response type, for there is no authorization endpoint (P-100)', async () => {
    assert.equal(metadata['authorization_endpoint'], undefined);
    assert.deepEqual(metadata['response_types_supported'], []);
    for (const path of ['/oauth/authorize', '/oauth/authorization'])
      assert.equal((await server.request('GET', `${path}?response_type=code&client_id=x`)).status, 404);
  });

  it('names a JWKS that is one, and documentation that is there (P-100)', async () => {
    const jwks = await server.request('GET', pathOf('jwks_uri'));
    assert.ok(jwks.body.keys.length > 0);
    assert.ok((await server.request('GET', pathOf('service_documentation'))).status < 400);
  });

  for (const alg of ['ES256', 'RS256', 'PS256', 'EdDSA']) {
    it(`publishes the key of each algorithm that tokens may be signed with: ${alg} (P-100, P-077)`, async () => {
      const { customerId, admin } = await createOrganization(server, {
        settings: { accessTokenSigningAlg: alg },
      });
      const token = await server.token(admin);
      const [header = ''] = token.split('.');
      const { kid, alg: used } = JSON.parse(Buffer.from(header, 'base64url').toString());
      assert.equal(used, alg);
      const { keys } = (await server.request('GET', pathOf('jwks_uri'))).body;
      assert.equal(keys.find((key: { kid: string }) => key.kid === kid)?.alg, alg);
      assert.equal((await server.request('GET', `/oauth/customers/${customerId}`, { token })).status, 200);
    });
  }
});
