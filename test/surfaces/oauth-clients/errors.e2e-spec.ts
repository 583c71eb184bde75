import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import type { RequestOptions } from '../../support/http-client.js';
import { startServer, type TestServer } from '../../support/server.js';
import {
  assertError,
  assertSameButTracking,
  createOAuthClient,
  fixture,
  oauthClientBody,
} from './support.js';

const json = { 'content-type': 'application/json' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };
const documents = fixture('errors');

let server: TestServer;
let organization: TestOrganization;
let stranger: TestOrganization;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server, {
    settings: { adminRateLimit: { requests: 10_000, seconds: 10 } },
  });
  stranger = await createOrganization(server);
});
after(() => server.close());

for (const basePath of ['/oauth-clients', '/v3/oauth-clients']) {
  const send = (method: string, path: string, options: RequestOptions = {}) =>
    server.request(method, basePath + path, { token: organization.token, ...options });

  describe(`errors below ${basePath}`, () => {
    describe('400', () => {
      it('tells malformed JSON from content that is not valid', async () => {
        const malformed = await send('POST', '', { body: '{"name":', headers: json });
        assertError(malformed, 400, '400.0 Bad request syntax', /line 1, column 9/);
        const repeated = await send('POST', '', { body: '{"name":"a","name":"b"}', headers: json });
        assertError(repeated, 400, '400.0 Bad request syntax', /name: must not be repeated/);
        const invalid = await send('POST', '', { json: oauthClientBody({ name: 5 }) });
        assertError(invalid, 400, '400.1 Bad Request Content', /^name: must be a string$/);
        assert.deepEqual(invalid.body.messages, documents.badContent.messages);
        assert.deepEqual(Object.keys(invalid.body), Object.keys(documents.badContent));
      });

      it('has a cause for each field that is wrong', async () => {
        const { body } = await send('POST', '', { json: oauthClientBody({ name: 5, enabled: 'yes' }) });
        assert.deepEqual(body.causes.map(({ text }: { text: string }) => text.split(':')[0]).sort(), [
          'enabled',
          'name',
        ]);
      });

      it('answers a missing body, a URL that cannot be read, and a token in the query', async () => {
        assertError(await send('POST', '', { headers: json }), 400, '400.1 Bad Request Content');
        assertError(await send('GET', '?limit=%ff'), 400, '400.0 Bad request syntax');
        assertError(await send('GET', '/%ZZ'), 400, '400.0 Bad request syntax');
        assertError(await send('GET', '?access_token=x'), 400, '400.1 Bad Request Content');
      });
    });

    describe('401', () => {
      const refused = async (token: string | undefined, error: string) => {
        const options = token === undefined ? {} : { token };
        const answer = await server.request('GET', basePath, options);
        assert.equal(answer.status, 401, answer.text);
        assert.deepEqual(answer.body, { error });
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm=/);
      };

      it('says that there is no token', async () => {
        await refused(undefined, 'JWT validation failed: JWT is missing');
        const basic = await server.request('GET', basePath, { basic: ['a', 'b'] });
        assert.deepEqual(basic.body, { error: 'JWT validation failed: JWT is missing' });
      });

      it('says that the token is malformed', async () => {
        for (const token of ['x', 'a.b', 'a.b.c', `a.${Buffer.from('5').toString('base64url')}.c`]) {
          await refused(token, 'JWT validation failed: JWT is malformed');
        }
      });

      it('answers the same for a forged token and for a revoked one', async () => {
        const client = await createOAuthClient(server, organization.token);
        const token = await server.token(client);
        const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;
        await refused(forged, 'JWT validation failed: JWT is invalid or revoked');
        await server.request('DELETE', `${basePath}/${client.clientId}`, { token: organization.token });
        await refused(token, 'JWT validation failed: JWT is invalid or revoked');
      });
    });

    describe('403', () => {
      it('is the document’s answer', async () => {
        const client = await createClient(server, organization.customerId, organization.token);
        const token = await server.token(client);
        const answers = [
          await send('GET', '', { token }),
          await send('POST', '', { token, json: oauthClientBody() }),
          await send('GET', '/x', { token }),
          await send('PATCH', '/x', { token, body: '[]', headers: jsonPatch }),
          await send('DELETE', '/x', { token }),
        ];
        for (const answer of answers) {
          assert.equal(answer.status, 403);
          assertSameButTracking(answer.body, documents.forbidden);
        }
      });
    });

    describe('404', () => {
      it('answers the same for a client of another organization and for none at all', async () => {
        const foreign = await createOAuthClient(server, stranger.token);
        const requests: [string, RequestOptions][] = [
          ['GET', {}],
          ['DELETE', {}],
          ['PATCH', { body: '[{"op":"remove","path":"/businessName"}]', headers: jsonPatch }],
        ];
        for (const [method, { headers, ...options }] of requests) {
          const requestId = 'e7eab60924f64aa284175b9fa3309599';
          const answers = [];
          for (const id of [foreign.clientId, 'f'.repeat(32)]) {
            answers.push(
              await send(method, `/${id}`, {
                ...options,
                headers: { ...headers, 'x-request-id': requestId },
              }),
            );
          }
          const [ofForeign, ofUnknown] = answers;
          assert.equal(ofForeign?.text, ofUnknown?.text, method);
          if (ofUnknown) assertError(ofUnknown, 404, '404 Not found', /^The client does not exist\.$/);
        }
        const read = await server.request('GET', `/oauth-clients/${foreign.clientId}`, {
          token: stranger.token,
        });
        assert.equal(read.status, 200);
      });

      it('answers an unknown route in the words of the surface', async () => {
        assertError(await send('GET', '/a/b'), 404, '404 Not found');
        assertError(await server.request('POST', `${basePath}/a/b/c`), 404, '404 Not found');
      });
    });

    it('answers 405 with the methods that there are', async () => {
      const answer = await send('PUT', '/x', { json: oauthClientBody() });
      assertError(answer, 405, '405 Method not allowed');
      assert.equal(answer.headers.get('allow'), 'GET, HEAD, PATCH, DELETE');
    });

    it('answers 413 for a body that is too large', async () => {
      const body = JSON.stringify(oauthClientBody({ description: 'x'.repeat(1_100_000) }));
      assertError(await send('POST', '', { body, headers: json }), 413, '413 Content too large');
    });

    it('answers 415 for another media type', async () => {
      const answers = [
        await send('POST', '', { form: { name: 'x' } }),
        await send('POST', '', { body: '{}', headers: { 'content-type': 'text/plain' } }),
        await send('POST', '', { body: '[]', headers: jsonPatch }),
        await send('PATCH', '/x', { body: '[]', headers: json }),
        await send('PATCH', '/x', {
          body: '[]',
          headers: { 'content-type': 'application/merge-patch+json' },
        }),
      ];
      for (const answer of answers) assertError(answer, 415, '415 Unsupported media type');
    });
  });
}

describe('the language of messages', () => {
  const ask = async (language: string) => {
    const headers = { 'accept-language': language };
    const answer = await server.request('GET', '/oauth-clients/x', { token: organization.token, headers });
    assertError(answer, 404, '404 Not found');
    return answer.body;
  };

  it('is the one that the request asks for', async () => {
    const german = await ask('fr;q=0.9, de-AT, en;q=0.5');
    assert.equal(german.messages[0].locale, 'de-DE');
    assert.equal(german.messages[0].localeOrigin, 'REQUEST');
    assert.match(german.messages[0].text, /Ressource/);
    assert.equal(german.causes[0].locale, 'en-US');
    assert.equal((await ask('en-GB')).messages[0].localeOrigin, 'REQUEST');
  });

  it('is the default where nothing fits', async () => {
    for (const language of ['fr', '*', 'de;q=0', 'no;such,,header']) {
      const { messages } = await ask(language);
      assert.equal(messages[0].locale, 'en-US', language);
      assert.equal(messages[0].localeOrigin, 'DEFAULT', language);
    }
  });
});

describe('an access token that has expired', () => {
  it('is refused with the document’s answer', async () => {
    const aside = await startServer();
    try {
      const { token } = await createOrganization(aside);
      assert.equal((await aside.request('GET', '/oauth-clients', { token })).status, 200);
      aside.advanceClock(3_601);
      const answer = await aside.request('GET', '/oauth-clients', { token });
      assert.equal(answer.status, 401);
      assert.deepEqual(answer.body, documents.unauthorized);
      assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
    } finally {
      await aside.close();
    }
  });
});
