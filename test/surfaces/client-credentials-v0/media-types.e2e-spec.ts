import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { assertShape, documentsExample, type Surface, surfaceAt } from '../../support/surfaces.js';

const document = await documentsExample('client-credentials-v0/create-client-credentials');

let server: TestServer;
let organization: TestOrganization;
let v0: Surface;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  v0 = surfaceAt(server, '/api/v0', organization);
});
after(() => server.close());

const create = (headers: Readonly<Record<string, string>>) =>
  v0('POST', '/client-credentials', { body: JSON.stringify(document.request), headers });

describe('the media types of /api/v0', () => {
  for (const type of ['application/json', 'text/json', 'TEXT/JSON; charset=UTF-8']) {
    it(`takes a body of ${type}`, async () => {
      const answer = await create({ 'content-type': type });
      assert.equal(answer.status, 200, answer.text);
      assertShape(answer.body, document.response);
    });
  }

  for (const type of [
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/problem+json',
    'text/json; charset=latin1',
  ]) {
    it(`refuses a body of ${type} with 415`, async () => {
      const answer = await create({ 'content-type': type });
      assert.equal(answer.status, 415, answer.text);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    });
  }

  const accepted: readonly (readonly [accept: string, mediaType: string])[] = [
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['text/json', 'text/json'],
    ['text/plain', 'text/plain'],
    ['text/plain;q=0.4, text/json;q=0.6', 'text/json'],
    ['text/html', 'application/json'],
  ];
  for (const [accept, mediaType] of accepted) {
    it(`answers ${mediaType} to Accept: ${accept}, with the same JSON text`, async () => {
      const form = { GrantType: 'client_credentials', ClientId: 'x', ClientSecret: 'y' };
      const headers = { accept };
      const created = await create({ ...headers, 'content-type': 'text/json' });
      const listed = await v0('GET', '/client-credentials', { headers });
      const { clientId, secret } = created.body;
      const token = await v0('POST', '/oauth/token', {
        headers,
        form: { ...form, ClientId: clientId, ClientSecret: secret },
      });
      for (const answer of [created, listed, token]) {
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.headers.get('content-type'), `${mediaType}; charset=utf-8`);
      }
      assertShape(created.body, document.response);
      assert.deepEqual(Object.keys(token.body), ['accessToken', 'tokenType', 'expiresIn']);
    });
  }

  it('keeps what is not ASCII', async () => {
    const json = { name: 'Schlüssel für Köln ✓' };
    const headers = { accept: 'text/plain' };
    const created = await v0('POST', '/client-credentials', { json, headers });
    assert.equal(created.body.name, json.name);
  });

  it('answers errors as problem details, whatever is accepted', async () => {
    for (const accept of ['text/plain', 'text/json', 'application/json']) {
      const answer = await v0('DELETE', '/client-credentials/unknown', { headers: { accept } });
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    }
  });

  it('stand in the OpenAPI document', async () => {
    const { body } = await server.request('GET', '/openapi/client-credentials-v0.json');
    const { requestBody, responses } = body.paths['/api/v0/client-credentials'].post;
    assert.deepEqual(Object.keys(requestBody.content).sort(), ['application/json', 'text/json']);
    assert.deepEqual(Object.keys(responses[200].content).sort(), [
      'application/json',
      'text/json',
      'text/plain',
    ]);
    assert.deepEqual(Object.keys(responses[400].content), ['application/problem+json']);
    const form = body.paths['/api/v0/oauth/token'].post.requestBody.content;
    assert.deepEqual(Object.keys(form).sort(), ['application/x-www-form-urlencoded', 'multipart/form-data']);
  });
});
