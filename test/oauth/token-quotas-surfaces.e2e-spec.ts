import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

type Ask = (client: TestClient) => Promise<Answer>;

describe('a quota of tokens', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const endpoints: Record<string, Ask> = {
    'POST /oauth/token': ({ clientId, secret }) =>
      server.request('POST', '/oauth/token', {
        basic: [clientId, secret],
        form: { grant_type: 'client_credentials' },
      }),
    'POST /api/v0/oauth/token': ({ clientId, secret }) =>
      server.request('POST', '/api/v0/oauth/token', {
        form: { client_id: clientId, client_secret: secret, grant_type: 'client_credentials' },
      }),
    'POST /platform/clientauth/token': ({ clientId, secret }) =>
      server.request('POST', '/platform/clientauth/token', {
        json: { client_id: clientId, client_secret: secret, subject: 'somebody' },
      }),
  };
  const clientWith = async (overrides: object) => {
    const { customerId, token } = await createOrganization(server);
    return createClient(server, customerId, token, { ...overrides });
  };

  for (const [name, ask] of Object.entries(endpoints)) {
    it(`is told by ${name} with the token and with the refusal`, async () => {
      const client = await clientWith({ tokenQuota: { tokens: 2, seconds: 3600 } });
      const answers = [await ask(client), await ask(client), await ask(client)];
      const statuses = answers.map(({ status }) => status);
      assert.deepEqual(statuses, [200, 200, 429], answers[0]?.text);
      for (const [index, left] of [1, 0, 0].entries()) {
        const { headers } = answers[index] as Answer;
        assert.equal(headers.get('ratelimit-policy'), '"client";q=2;w=3600');
        assert.match(headers.get('ratelimit') ?? '', new RegExp(`^"client";r=${left};t=\\d+$`));
      }
    });

    it(`is not told by ${name} where there is none`, async () => {
      const { status, headers } = await ask(await clientWith({}));
      assert.deepEqual(
        [status, headers.get('ratelimit'), headers.get('ratelimit-policy')],
        [200, null, null],
      );
    });

    it(`stands with ${name} in the OpenAPI document`, async () => {
      const { body } = await server.request('GET', '/openapi.json');
      const [method = '', path = ''] = name.split(' ');
      const { headers } = body.paths[path][method.toLowerCase()].responses[200];
      assert.deepEqual(Object.keys(headers), [
        'RateLimit-Policy',
        'RateLimit',
        'Clientele-Last-Token-Expires-In',
      ]);
    });
  }
});
