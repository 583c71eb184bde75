import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import {
  assertIssued,
  assertRefused,
  requestByBasic,
  requestByPost,
  tokenForm,
} from '../support/token-requests.js';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe('POST /oauth/token by client_secret_post', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let client: TestClient;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    client = await create();
  });
  after(() => server.close());

  const create = (overrides: Record<string, unknown> = {}) =>
    createClient(server, organization.customerId, organization.token, overrides);
  const send = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
    server.request('POST', '/oauth/token', { form: tokenForm(parameters), headers });

  it('issues a token for the right secret (P-052)', async () => {
    assertIssued(await requestByPost(server, client));
    const postOnly = await create({ clientAuthenticationMethods: ['client_secret_post'] });
    assertIssued(await requestByPost(server, postOnly));
  });

  describe('a method that the client is not registered for', () => {
    it('is refused like a wrong secret: post of a client for basic (P-053)', async () => {
      const basicOnly = await create({ clientAuthenticationMethods: ['client_secret_basic'] });
      assertIssued(await requestByBasic(server, basicOnly));
      const answer = await requestByPost(server, basicOnly);
      assertRefused(answer, 401, 'invalid_client');
      const wrong = await requestByBasic(server, { ...basicOnly, secret: 'wrong-secret' });
      assert.equal(answer.text, wrong.text);
    });

    it('is refused like a wrong secret: basic of a client for post (P-053)', async () => {
      const postOnly = await create({ clientAuthenticationMethods: ['client_secret_post'] });
      assertRefused(await requestByBasic(server, postOnly), 401, 'invalid_client');
    });

    for (const method of ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth', 'none']) {
      it(`is refused with a right secret of a client for ${method} (P-049, P-055, P-058)`, async () => {
        const other = await create();
        // No surface registers such clients yet; what the database holds must be obeyed all the same.
        await server.database.query(
          'update client set authentication_methods = array[$1] where client_id = $2',
          [method, other.clientId],
        );
        assertRefused(await requestByBasic(server, other), 401, 'invalid_client');
        assertRefused(await requestByPost(server, other), 401, 'invalid_client');
      });
    }
  });

  describe('more than one method', () => {
    it('is refused though both are right (P-054)', async () => {
      const parameters = { client_id: client.clientId, client_secret: client.secret };
      assertRefused(await requestByBasic(server, client, parameters), 400, 'invalid_request');
      assertRefused(
        await requestByBasic(server, client, { client_secret: client.secret }),
        400,
        'invalid_request',
      );
    });

    it('is refused though one of them is wrong, whichever it is (P-054)', async () => {
      const wrong = { ...client, secret: 'wrong-secret' };
      assertRefused(
        await requestByBasic(server, wrong, { client_secret: client.secret }),
        400,
        'invalid_request',
      );
      assertRefused(
        await requestByBasic(server, client, { client_secret: 'wrong-secret' }),
        400,
        'invalid_request',
      );
    });

    it('is refused with an assertion beside a secret, by header or by body (P-055)', async () => {
      const assertions: Record<string, string>[] = [
        { client_assertion: 'a.b.c', client_assertion_type: assertionType },
        { client_assertion: 'a.b.c' },
        { client_assertion_type: assertionType },
      ];
      for (const parameters of assertions) {
        assertRefused(await requestByBasic(server, client, parameters), 400, 'invalid_request');
        assertRefused(await requestByPost(server, client, parameters), 400, 'invalid_request');
      }
    });
  });

  describe('methods that this server does not have', () => {
    it('refuses an assertion alone, as no proof that it knows (P-055)', async () => {
      const assertion = { client_assertion: 'a.b.c', client_assertion_type: assertionType };
      assertRefused(await send(assertion), 401, 'invalid_client');
      assertRefused(await send({ ...assertion, client_id: client.clientId }), 401, 'invalid_client');
    });

    it('believes no header about a client certificate (P-055)', async () => {
      for (const name of [
        'x-ssl-client-cert',
        'x-client-cert',
        'x-forwarded-client-cert',
        'ssl-client-verify',
      ]) {
        const answer = await send({ client_id: client.clientId }, { [name]: 'SUCCESS' });
        assertRefused(answer, 401, 'invalid_client');
      }
    });

    it('refuses a DPoP proof instead of issuing a token that is not bound to it (P-150)', async () => {
      const answer = await requestByBasic(server, client, {}, { headers: { dpop: 'a.b.c' } });
      assertRefused(answer, 400, 'invalid_request');
    });
  });

  describe('401 invalid_client', () => {
    it('asks for credentials where there are none, or not all of them (P-056)', async () => {
      for (const parameters of [{}, { client_id: client.clientId }, { client_secret: client.secret }]) {
        assertRefused(await send(parameters as Record<string, string>), 401, 'invalid_client');
      }
    });

    it('refuses a public client, which cannot use this grant (P-057)', async () => {
      const publicClient = await create();
      await server.database.query(
        `update client set authentication_methods = '{none}' where client_id = $1`,
        [publicClient.clientId],
      );
      assertRefused(await send({ client_id: publicClient.clientId }), 401, 'invalid_client');
    });

    it('refuses a wrong secret with a challenge, in whichever way it came (P-059)', async () => {
      const wrong = { ...client, secret: 'wrong-secret' };
      const [byPost, byBasic] = [await requestByPost(server, wrong), await requestByBasic(server, wrong)];
      for (const answer of [byPost, byBasic]) assertRefused(answer, 401, 'invalid_client');
      assert.equal(byPost.text, byBasic.text);
    });

    it('tells nobody who has not proved himself which grants a client has (P-074)', async () => {
      for (const grant_type of ['client_credentials', 'password', 'foo', '']) {
        for (const { clientId } of [client, { clientId: 'nobody' }]) {
          const answer = await requestByPost(server, { clientId, secret: 'wrong-secret' }, { grant_type });
          assertRefused(answer, 401, 'invalid_client');
        }
      }
    });

    it('tells him nothing of scopes and resources either (P-074)', async () => {
      const parameters = { scope: 'not-granted', resource: 'https://not.granted.test' };
      const answer = await requestByPost(server, { ...client, secret: 'wrong-secret' }, parameters);
      assertRefused(answer, 401, 'invalid_client');
    });
  });

  describe('a secret that is over', () => {
    const credentials = (clientId: string) =>
      `/oauth/customers/${organization.customerId}/clients/${clientId}/credentials`;
    /** Gives the client a second secret. */
    const issueSecret = async (clientId: string, json: object) => {
      const answer = await server.request('POST', credentials(clientId), { token: organization.token, json });
      assert.equal(answer.status, 201, answer.text);
      return {
        second: { clientId, secret: answer.body.clientSecret as string },
        path: `${credentials(clientId)}/${answer.body.credentialId}`,
      };
    };

    it('is refused like a wrong one when it has expired, the other one works on (P-060)', async () => {
      const first = await create();
      const expiresAt = new Date(Date.now() + 600_000).toISOString();
      const { second } = await issueSecret(first.clientId, { expiresAt });
      assertIssued(await requestByPost(server, second));
      server.advanceClock(601);
      try {
        const answer = await requestByPost(server, second);
        assertRefused(answer, 401, 'invalid_client');
        assert.equal(answer.text, (await requestByPost(server, { ...first, secret: 'wrong-secret' })).text);
        assertIssued(await requestByPost(server, first));
      } finally {
        server.advanceClock(-601);
      }
    });

    it('is refused like a wrong one when its successor has taken over for good (P-060)', async () => {
      const first = await create();
      const path = credentials(first.clientId);
      const [{ credentialId }] = (await server.request('GET', path, { token: organization.token })).body;
      const rotated = await server.request('POST', `${path}/${credentialId}/rotate`, {
        token: organization.token,
        json: { overlapSeconds: 600 },
      });
      assert.equal(rotated.status, 201, rotated.text);
      const successor = { clientId: first.clientId, secret: rotated.body.clientSecret as string };
      for (const each of [first, successor]) assertIssued(await requestByPost(server, each));
      server.advanceClock(601);
      try {
        assertRefused(await requestByPost(server, first), 401, 'invalid_client');
        assertIssued(await requestByPost(server, successor));
      } finally {
        server.advanceClock(-601);
      }
    });

    it('is refused like a wrong one when it was revoked, the other one works on (P-060)', async () => {
      const first = await create();
      const { second, path } = await issueSecret(first.clientId, {});
      assertIssued(await requestByPost(server, second));
      const revoked = await server.request('POST', `${path}/revoke`, { token: organization.token });
      assert.equal(revoked.status, 200, revoked.text);
      assertRefused(await requestByPost(server, second), 401, 'invalid_client');
      assertIssued(await requestByPost(server, first));
    });
  });
});
