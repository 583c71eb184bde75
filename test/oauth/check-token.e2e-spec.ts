import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

const path = '/oauth/checkToken';

describe('/oauth/checkToken', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let stranger: TestOrganization;
  let client: TestClient;
  let token: string;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    stranger = await createOrganization(server);
    client = await createClient(server, organization.customerId, organization.token, {
      clientPermissions: { roles: { ROLE_USER: ['tenant1', 'tenant2'], ROLE_AUDITOR: ['tenant1'] } },
      accessTokenValidity: 600,
    });
    token = await server.token(client);
  });
  after(() => server.close());

  /** The two ways to ask that the contract has. */
  const ways = {
    POST: (about: string, by: TestClient) =>
      server.request('POST', path, { basic: [by.clientId, by.secret], form: { token: about } }),
    GET: (about: string, by: TestClient) =>
      server.request('GET', `${path}?token=${encodeURIComponent(about)}`, {
        basic: [by.clientId, by.secret],
      }),
  };

  for (const [method, ask] of Object.entries(ways)) {
    it(`${method} answers the client as a virtual user, uncached (P-113, P-115)`, async () => {
      const { status, headers, body } = await ask(token, client);
      assert.equal(status, 200);
      assert.equal(headers.get('cache-control'), 'no-store');
      const { expires_in: expiresIn, ...rest } = body;
      assert.ok(Number.isInteger(expiresIn) && expiresIn > 590 && expiresIn <= 600);
      assert.deepEqual(rest, {
        username: client.clientId,
        customer: organization.customerId,
        tenants: ['tenant1', 'tenant2'],
        userPermissions: {
          roles: { ROLE_USER: ['tenant1', 'tenant2'], ROLE_AUDITOR: ['tenant1'], ROLE_API: [] },
        },
        clientId: client.clientId,
      });
    });

    it(`${method} answers dead, unknown and strangers’ tokens all the same (P-109, P-111)`, async () => {
      const revoked = await server.token(client);
      await server.request('POST', '/oauth/revoke', {
        basic: [client.clientId, client.secret],
        form: { token: revoked },
      });
      const answers = [];
      for (const about of ['unknown', revoked, stranger.token, await server.operatorToken()])
        answers.push(await ask(about, client));
      answers.push(await ask(token, stranger.admin), await ask(token, server.operator));
      for (const { status, text } of answers) {
        assert.equal(status, 400);
        assert.equal(text, answers[0]?.text);
      }
      assert.equal(answers[0]?.body.error, 'invalid_token');
    });

    it(`${method} asks for client authentication (P-106)`, async () => {
      const { status, headers } = await ask(token, { clientId: client.clientId, secret: 'wrong' });
      assert.equal(status, 401);
      assert.match(headers.get('www-authenticate') ?? '', /^Basic /);
    });
  }

  it('refuses a missing token, one sent twice, and one sent in both places (P-108)', async () => {
    const basic = [client.clientId, client.secret] as const;
    const attempts = [
      server.request('GET', path, { basic }),
      server.request('GET', `${path}?token=`, { basic }),
      server.request('GET', `${path}?token=${token}&token=${token}`, { basic }),
      server.request('POST', path, { basic, form: {} }),
      server.request('POST', `${path}?token=${token}`, { basic, form: { token } }),
      server.request('POST', path, { basic, form: new URLSearchParams(`token=${token}&token=${token}`) }),
    ];
    for (const { status, body } of await Promise.all(attempts))
      assert.deepEqual([status, body.error], [400, 'invalid_request']);
  });

  it('never takes credentials from the query (P-106)', async () => {
    const query = new URLSearchParams({ token, client_id: client.clientId, client_secret: client.secret });
    for (const method of ['GET', 'POST'])
      assert.equal((await server.request(method, `${path}?${query}`)).status, 401, method);
  });
});
