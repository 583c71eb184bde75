import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { assertIssued, assertRefused, requestByBasic } from '../support/token-requests.js';

/** The claims of a token; its signature is another file's business. */
function claimsOf(answer: Answer): Record<string, unknown> {
  const [, claims = ''] = assertIssued(answer).split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString());
}

function sorted(scope: unknown): string[] {
  return String(scope).split(' ').sort();
}

describe('POST /oauth/token, the scope', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let client: TestClient;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    client = await create({ scope: ['read', 'write', 'orders:read'] });
  });
  after(() => server.close());

  const create = (overrides: Record<string, unknown> = {}) =>
    createClient(server, organization.customerId, organization.token, overrides);
  const request = (scope: string) => requestByBasic(server, client, { scope });

  describe('400 invalid_scope', () => {
    for (const scope of [
      'a"b',
      'a\\b',
      '"',
      '\\',
      'é',
      'read é',
      '\u{1f600}',
      'read\u00a0write',
      'read\u2028',
    ]) {
      it(`refuses characters that no scope has: ${JSON.stringify(scope)} (P-027)`, async () => {
        const answer = await request(scope);
        assertRefused(answer, 400, 'invalid_scope');
        assert.ok(!answer.body.error_description.includes(scope), 'it is not repeated');
      });
    }

    for (const scope of ['delete', 'read delete', 'delete read', 'ROLE_ADMIN', '*', 'read*', 'openid']) {
      it(`refuses what the client was not granted instead of leaving it out: "${scope}" (P-028)`, async () => {
        const answer = await request(scope);
        assertRefused(answer, 400, 'invalid_scope');
        assert.ok(!answer.text.includes(scope), 'it is not repeated');
      });
    }

    it('refuses the scope that another client has (P-028)', async () => {
      await create({ scope: ['another'] });
      assertRefused(await request('another'), 400, 'invalid_scope');
    });

    it('refuses any scope of a client that has none (P-028)', async () => {
      assertRefused(await requestByBasic(server, await create(), { scope: 'read' }), 400, 'invalid_scope');
    });

    for (const scope of ['Read', 'READ', 'reaD', 'orders:Read']) {
      it(`compares case-sensitively: "${scope}" (P-030)`, async () => {
        assertRefused(await request(scope), 400, 'invalid_scope');
      });
    }

    for (const scope of [
      'read  write',
      ' read',
      'read ',
      ' ',
      'read,write',
      'read;write',
      'read+write',
      'read%20write',
    ]) {
      it(`takes one blank and nothing else between scopes: "${scope}" (P-031)`, async () => {
        assertRefused(await request(scope), 400, 'invalid_scope');
      });
    }

    for (const scope of ['read\twrite', 'read\nwrite', 'read\r\nwrite', 'read\0write']) {
      it(`takes no control character between scopes: ${JSON.stringify(scope)} (P-031)`, async () => {
        assertRefused(await request(scope), 400, 'invalid_request');
      });
    }
  });

  describe('200', () => {
    it('is what was asked for, in the answer and in the token (P-029)', async () => {
      for (const scope of ['read', 'orders:read', 'write read']) {
        const answer = await request(scope);
        assert.deepEqual(sorted(answer.body.scope), sorted(scope));
        assert.equal(claimsOf(answer)['scope'], answer.body.scope);
      }
    });

    it('does not depend on order or repetition (P-030)', async () => {
      const [one, other] = [await request('write read read write'), await request('read write')];
      assert.deepEqual(sorted(one.body.scope), ['read', 'write']);
      assert.deepEqual(sorted(one.body.scope), sorted(other.body.scope));
      assert.deepEqual(sorted(claimsOf(one)['scope']), sorted(claimsOf(other)['scope']));
    });

    it('is all that the client was granted when none is asked for, and the answer says so (P-032)', async () => {
      const answer = await requestByBasic(server, client);
      assert.deepEqual(sorted(answer.body.scope), ['orders:read', 'read', 'write']);
      assert.equal(claimsOf(answer)['scope'], answer.body.scope);
    });

    it('is absent for a client that has none; what it may do as administrator is no scope (P-032)', async () => {
      for (const each of [await create(), organization.admin, server.operator]) {
        const answer = await requestByBasic(server, each);
        assert.equal('scope' in claimsOf(answer), false);
        assert.equal('scope' in answer.body, false);
      }
    });

    it('is not widened by a scope in the query string (P-004)', async () => {
      const basic = [client.clientId, client.secret] as const;
      const form = { grant_type: 'client_credentials', scope: 'read' };
      for (const scope of ['write', 'ROLE_ADMIN', 'read%20write']) {
        const answer = await server.request('POST', `/oauth/token?scope=${scope}`, { basic, form });
        assert.equal(claimsOf(answer)['scope'], 'read');
        assert.equal(answer.body.scope, 'read');
      }
    });
  });

  it('cannot be registered in a form that would become several (P-027, P-031)', async () => {
    for (const scope of ['read write', 'a"b', 'a\\b', 'é', '', 'a\tb']) {
      const body = { clientId: 'never', authorizedGrantTypes: ['client_credentials'], scope: [scope] };
      const answer = await server.request('POST', `/oauth/customers/${organization.customerId}/clients`, {
        token: organization.token,
        json: [{ ...body, clientAuthenticationMethods: ['client_secret_basic'] }],
      });
      assert.equal(answer.status, 400, answer.text);
    }
  });
});

describe('POST /oauth/token, the resource', () => {
  const [orders, stock] = ['https://orders.example.test', 'https://stock.example.test'];
  let server: TestServer;
  let client: TestClient;
  before(async () => {
    server = await startServer();
    const { customerId, token } = await createOrganization(server);
    client = await createClient(server, customerId, token, { resourceIds: [orders, stock] });
  });
  after(() => server.close());
  const audienceFor = async (resource: string) => {
    const answer = await requestByBasic(server, client, { resource });
    return claimsOf(answer)['aud'];
  };

  it('becomes the audience, alone (P-214)', async () => {
    assert.equal(await audienceFor(orders), orders);
    assert.equal(await audienceFor(stock), stock);
  });

  it('is all of the client’s resources when none is asked for (P-214)', async () => {
    assert.deepEqual(await audienceFor(''), [orders, stock]);
  });

  it('is 400 invalid_target when the client has no such resource, or it is no absolute URI (P-213, P-214)', async () => {
    const strangers = [
      'https://evil.example.test',
      `${orders}/`,
      `${orders}#f`,
      'orders',
      '/orders',
      '*',
      server.settings.issuer,
    ];
    for (const resource of strangers)
      assertRefused(await requestByBasic(server, client, { resource }), 400, 'invalid_target');
  });
});
