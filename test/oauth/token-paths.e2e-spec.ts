import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { basicHeader } from '../support/http-client.js';
import { rawRequest, sendRaw } from '../support/raw-http.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertIssued, assertRefused, formMediaType, tokenForm } from '../support/token-requests.js';

const body = tokenForm().toString();

describe('POST /oauth/token, its path', () => {
  let server: TestServer;
  let authorization: string;
  before(async () => {
    server = await startServer();
    authorization = `Authorization: ${basicHeader(server.operator.clientId, server.operator.secret)}`;
  });
  after(() => server.close());

  const typeLine = `Content-Type: ${formMediaType}`;
  const usual = () => ['Host: localhost', authorization, typeLine, 'Connection: close'];
  const lengthLine = `Content-Length: ${body.length}`;

  describe('another spelling of the path', () => {
    const aliases = ['http://localhost/oauth/token', 'http://elsewhere.test/oauth/token', '/oauth/%74oken'];
    for (const target of aliases) {
      it(`is the same guarded endpoint: ${target} (P-014)`, async () => {
        const line = `POST ${target} HTTP/1.1`;
        assertIssued(await sendRaw(server.url, rawRequest(line, [...usual(), lengthLine], body)));
        const anonymous = usual().filter((header) => header !== authorization);
        const answer = await sendRaw(server.url, rawRequest(line, [...anonymous, lengthLine], body));
        assertRefused(answer, 401, 'invalid_client');
      });
    }

    for (const target of [
      '//oauth/token',
      '/oauth//token',
      '/oauth/token/',
      '/OAUTH/TOKEN',
      '/oauth/TOKEN',
      '/oauth/token;x',
      '/oauth/token%2f',
      '/oauth/./token',
      '/x/../oauth/token',
      '/oauth/%2574oken',
    ]) {
      it(`is nothing at all: ${target} (P-014)`, async () => {
        const answer = await sendRaw(
          server.url,
          rawRequest(`POST ${target} HTTP/1.1`, [...usual(), lengthLine], body),
        );
        assert.equal(answer.status, 404);
        assert.equal(typeof answer.body, 'object', 'it is JSON all the same');
      });
    }

    it('is refused where it cannot be decoded or hides a control character (P-014)', async () => {
      for (const target of ['/oauth/token%', '/oauth/token%zz', '/oauth/token%00', '/oauth/token?a=%0d%0a']) {
        const answer = await sendRaw(
          server.url,
          rawRequest(`POST ${target} HTTP/1.1`, [...usual(), lengthLine], body),
        );
        assert.equal(answer.status, 400, target);
        assert.equal(typeof answer.body, 'object', 'it is JSON all the same');
      }
    });
  });
});
