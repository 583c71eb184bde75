import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { createClient, createOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

/** A secret that only authenticates when it is form-encoded by both sides in the same way. */
const chosenSecret = 'p+ %:/é&=?~*';

describe('client libraries', () => {
  let server: TestServer;
  let client: TestClient;
  let chosen: TestClient;
  let issuer: URL;
  before(async () => {
    server = await startServer();
    const { customerId, token } = await createOrganization(server);
    client = await createClient(server, customerId, token, { scope: ['read', 'write'] });
    chosen = await createClient(server, customerId, token, { clientSecret: chosenSecret });
    issuer = new URL(server.settings.issuer);
  });
  after(() => server.close());

  /** The port of a test server is known too late to stand in its issuer: requests to the one go to the other. */
  const reach = (url: string, options: RequestInit) => fetch(url.replace(issuer.origin, server.url), options);

  describe('openid-client', () => {
    const methods = {
      client_secret_basic: openid.ClientSecretBasic,
      client_secret_post: openid.ClientSecretPost,
    };
    for (const [method, authenticate] of Object.entries(methods)) {
      for (const algorithm of ['oauth2', 'oidc'] as const) {
        it(`discovers (${algorithm}), gets a token by ${method}, introspects and revokes it`, async () => {
          const config = await openid.discovery(
            issuer,
            client.clientId,
            undefined,
            authenticate(client.secret),
            {
              algorithm,
              execute: [openid.allowInsecureRequests],
              [openid.customFetch]: reach as openid.CustomFetch,
            },
          );
          const answer = await openid.clientCredentialsGrant(config, { scope: 'read' });
          assert.equal(answer.token_type, 'bearer');
          assert.equal(answer.expires_in, 3600);
          assert.equal(answer.scope, 'read');
          const token = answer.access_token;
          const alive = await openid.tokenIntrospection(config, token);
          assert.equal(alive.active, true);
          assert.equal(alive.client_id, client.clientId);
          await openid.tokenRevocation(config, token);
          assert.deepEqual(await openid.tokenIntrospection(config, token), { active: false });
        });
      }

      it(`gets a token with a secret full of special characters by ${method}`, async () => {
        const metadata = { ...(await discoverMetadata()), issuer: issuer.href.replace(/\/$/, '') };
        const config = new openid.Configuration(
          metadata,
          chosen.clientId,
          undefined,
          authenticate(chosen.secret),
        );
        openid.allowInsecureRequests(config);
        config[openid.customFetch] = reach as openid.CustomFetch;
        const { access_token } = await openid.clientCredentialsGrant(config);
        assert.match(access_token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
      });
    }

    it('reads the errors as the library expects them', async () => {
      const config = await openid.discovery(
        issuer,
        client.clientId,
        undefined,
        openid.ClientSecretBasic('wrong'),
        {
          algorithm: 'oauth2',
          execute: [openid.allowInsecureRequests],
          [openid.customFetch]: reach as openid.CustomFetch,
        },
      );
      await assert.rejects(
        openid.clientCredentialsGrant(config),
        (error: openid.WWWAuthenticateChallengeError) => {
          assert.equal(error.cause[0]?.scheme, 'basic');
          return true;
        },
      );
    });
  });

  describe('oauth4webapi', () => {
    const insecure = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: reach as typeof fetch };
    const methods = {
      client_secret_basic: oauth.ClientSecretBasic,
      client_secret_post: oauth.ClientSecretPost,
    };
    for (const [method, authenticate] of Object.entries(methods)) {
      for (const { name, pick } of [
        { name: 'a generated secret', pick: () => client },
        { name: 'a secret full of special characters', pick: () => chosen },
      ]) {
        it(`gets a token by ${method} with ${name}, verifies, introspects and revokes it`, async () => {
          const server_ = await discover();
          const { clientId, secret } = pick();
          const self: oauth.Client = { client_id: clientId };
          const authentication = authenticate(secret);
          const granted = await oauth.processClientCredentialsResponse(
            server_,
            self,
            await oauth.clientCredentialsGrantRequest(server_, self, authentication, {}, insecure),
          );
          assert.equal(granted.token_type, 'bearer');
          const introspected = async () =>
            oauth.processIntrospectionResponse(
              server_,
              self,
              await oauth.introspectionRequest(server_, self, authentication, granted.access_token, insecure),
            );
          assert.equal((await introspected()).active, true);
          await oauth.processRevocationResponse(
            await oauth.revocationRequest(server_, self, authentication, granted.access_token, insecure),
          );
          assert.deepEqual(await introspected(), { active: false });
        });
      }
    }

    it('validates a token as a resource server does (RFC 9068 §4)', async () => {
      const server_ = await discover();
      const request = new Request('https://api.example.test/', {
        headers: { authorization: `Bearer ${await server.token(client)}` },
      });
      const claims = await oauth.validateJwtAccessToken(server_, request, server.settings.issuer, insecure);
      assert.equal(claims.client_id, client.clientId);
      assert.equal(claims.scope, 'read write');
    });

    it('refuses a token for another audience (RFC 9068 §4)', async () => {
      const server_ = await discover();
      const request = new Request('https://api.example.test/', {
        headers: { authorization: `Bearer ${await server.token(client)}` },
      });
      await assert.rejects(
        oauth.validateJwtAccessToken(server_, request, 'https://api.example.test', insecure),
      );
    });

    async function discover(): Promise<oauth.AuthorizationServer> {
      const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
      return oauth.processDiscoveryResponse(issuer, response);
    }
  });

  async function discoverMetadata(): Promise<openid.ServerMetadata> {
    const { body } = await server.request('GET', '/.well-known/oauth-authorization-server');
    return body;
  }
});
